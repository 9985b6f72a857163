from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwebui_chat_client.resources._variables import (
    Variable,
    checked,
    filled,
    names,
    substitute,
    system_variables,
    time_zone,
    variables,
)

NOW = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", []),
        ("no variables {x} {{ }} {{}} }}{{", []),
        ("{{b}} {{a}} {{ b }} {{a|number}}", ["b", "a"]),
        ("{{a}}{{b}}", ["a", "b"]),
        ("{{{a}}}", ["a"]),
        ('{{\na\n}} and {{ a | textarea:placeholder="x\ny" }}', ["a"]),
        ("{{CURRENT_DATE}} {{USER_NAME}} {{x}}", ["CURRENT_DATE", "USER_NAME", "x"]),
        ("{{größe}} {{chat.variables.x | text}} {{a-b}}", ["größe", "chat.variables.x", "a-b"]),
        ("{{two words}}", []),
    ],
)
def test_names_come_in_order_each_once(content, expected):
    assert names(content) == expected


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("", {"type": "text"}),
        ("| text", {"type": "text"}),
        ("| textarea:required", {"type": "textarea", "required": True}),
        ("|type=number:min=1:max=10:default=5", {"type": "number", "min": "1", "max": "10", "default": "5"}),
        ('| select:options=["a:b","c"]:default="a:b"', {"type": "select", "options": ["a:b", "c"], "default": "a:b"}),
        ("| select:options=[1, true]", {"type": "select", "options": ["1", "true"]}),
        ("| select:options=[broken", {"type": "select", "options": []}),
        ('| text:placeholder="x=1: \\"y\\"":label="L"', {"type": "text", "placeholder": 'x=1: \\"y\\"', "label": "L"}),
        ("| date:required=false", {"type": "date"}),
        ('| checkbox:label="Yes?":default=true', {"type": "checkbox", "label": "Yes?", "default": "true"}),
        ("|", {"type": "text"}),
        ("| text:name=other:type=x", {"type": "text"}),
    ],
)
def test_a_definition_is_read_as_the_web_page_reads_it(definition, expected):
    whole = {"name": "v", "required": False, "options": [], "default": None, **expected}
    assert variables("{{v " + definition + "}}") == [whole]


def test_of_several_definitions_the_last_one_counts_and_the_first_place():
    found = variables("{{a}} {{b | number}} {{a | date}} {{a}} {{CURRENT_DATE}}")
    assert [(one.name, one.type) for one in found] == [("a", "date"), ("b", "number")]


@pytest.mark.parametrize(
    ("content", "values", "expected"),
    [
        ('{{a}} {{ a }} {{a | select:options=["x"]}}', {"a": "1"}, "1 1 1"),
        ("{{x.y}} {{xzy}}", {"x.y": "1"}, "1 {{xzy}}"),
        ("{{a}}", {"a": r"C:\new\d \1 \g<0>"}, r"C:\new\d \1 \g<0>"),
        ("{{a}} {{b}}", {"a": "{{b}}", "b": "{{a}}"}, "{{b}} {{a}}"),
        ("{{a}}{{", {"a": "{{", "{{": "no"}, "{{{{"),
        ("{{unknown}} {{a}}", {"a": ""}, "{{unknown}} "),
        ("{{a}} {{a}}", {"a": True}, "true true"),
        ("{{a}}", {"a": None}, ""),
        ("{{A}} {{a}}", {"a": 7}, "{{A}} 7"),
    ],
)
def test_values_are_plain_text_inserted_once(content, values, expected):
    assert substitute(content, values) == expected


def test_system_variables_go_first():
    values = {"CURRENT_DATE": "mine", "a": "{{CURRENT_DATE}}"}
    content, system = "{{CURRENT_DATE}} {{a}}", {"CURRENT_DATE": "now"}
    assert substitute(content, values, system) == "now {{CURRENT_DATE}}"


@given(st.text(), st.text())
def test_whatever_the_value_it_stands_there_as_it_is(before, value):
    content = before.replace("{", "(").replace("}", ")")
    assert substitute(content + "{{name}}", {"name": value}) == content + value


@given(st.text(alphabet='{}|: ="[]ab\\\n', max_size=40))
def test_no_text_breaks_the_reading(content):
    assert set(substitute(content, {})) == set(content)
    assert [one.name for one in variables(content)] == names(content)


FITTING = [
    ("text", "anything\nat all", "anything\nat all"),
    ("text", datetime(2026, 1, 31, 7, 5, tzinfo=UTC), "2026-01-31T07:05"),
    ("number", 1.5, "1.5"),
    ("range", "7", "7"),
    ("checkbox", False, "false"),
    ("checkbox", "true", "true"),
    ("date", date(2026, 1, 31), "2026-01-31"),
    ("time", time(7, 5), "07:05"),
    ("datetime-local", datetime(2026, 1, 31, 7, 5, tzinfo=UTC), "2026-01-31T07:05"),
    ("month", "2026-01", "2026-01"),
    ("color", "#ff0000", "#ff0000"),
    ("never heard of", 1, "1"),
]
WRONG = [
    ("number", "many", "is a number"),
    ("number", "nan", "is a number"),
    ("number", "1_000", "is a number"),
    ("range", "", "needs a value"),
    ("date", "2026-02-30", "is a date"),
    ("time", "24:01", "is a time"),
    ("month", "2026-13", "is a month"),
    ("color", "#ff000", "is a colour"),
    ("checkbox", "yes", "true or false"),
    ("date", "31.1.2026", "is a date"),
    ("time", "7", "is a time"),
    ("datetime-local", "2026-01-31", "a date and a time"),
    ("month", "January", "is a month"),
    ("color", "red", "is a colour"),
    ("select", "x", "is one of"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), FITTING)
def test_a_value_that_fits_becomes_text(kind, value, expected):
    assert checked(Variable(name="v", type=kind), value) == expected


@pytest.mark.parametrize(("kind", "value", "words"), WRONG)
def test_a_value_that_does_not_fit_is_refused_by_name(kind, value, words):
    with pytest.raises(ValueError, match=f"{words}.*'v'|'v' .*{words}.*, not '{value}'"):
        checked(Variable(name="v", type=kind, required=True), value)


def test_numbers_keep_their_bounds():
    number = variables("{{n | number:min=1:max=10}}")[0]
    assert [checked(number, value) for value in (1, 10)] == ["1", "10"]
    for value, words in ((0, "at least 1"), (11, "at most 10")):
        with pytest.raises(ValueError, match=words):
            checked(number, value)


def test_filling_takes_values_then_defaults_then_nothing():
    content = '{{a | select:options=["x","y"]:default=x}}|{{b}}|{{c | number:required}}|{{CURRENT_DATE}}|{{USER_NAME}}'
    system = {"CURRENT_DATE": "today"}
    assert filled(content, {"c": 3}, system) == "x||3|today|{{USER_NAME}}"
    assert filled(content, {"c": 3, "a": "y", "b": "{{c}}", "USER_NAME": "Ann"}, system) == "y|{{c}}|3|today|Ann"
    with pytest.raises(ValueError, match="needs a value for 'c'"):
        filled(content, {}, system)
    with pytest.raises(ValueError, match="no variable 'd', 'e'"):
        filled(content, {"c": 1, "e": 1, "d": 1}, system)


def test_system_variables_are_written_as_the_web_page_writes_them():
    found = system_variables(NOW)
    assert found.pop("CURRENT_TIMEZONE")
    assert found == {
        "CURRENT_DATE": "2026-01-31",
        "CURRENT_DATETIME": "2026-01-31 23:59:59",
        "CURRENT_TIME": "23:59:59",
        "CURRENT_WEEKDAY": "Saturday",
    }


def test_the_time_zone_is_what_the_environment_says_or_the_system(monkeypatch):
    monkeypatch.setenv("TZ", ":Europe/Berlin")
    assert time_zone(NOW) == "Europe/Berlin"
    monkeypatch.delenv("TZ")
    assert time_zone(NOW)
