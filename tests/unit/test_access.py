import pytest

from openwebui_chat_client.errors import UnsupportedError
from openwebui_chat_client.resources._access import (
    access_fields,
    grant,
    granted,
    grants,
    in_new_form,
    old_form,
    shared_with,
    unchanged,
)

EVERYBODY = grant("user", "*")
OLD = {"read": {"group_ids": ["g"], "user_ids": ["u"]}, "write": {"group_ids": [], "user_ids": ["u"]}}
OF_OLD = [grant("user", "u"), grant("group", "g"), grant("user", "u", "write")]
FORMS = [  # what people say, the grants, the old form
    (None, [EVERYBODY], None),
    ("public", [EVERYBODY], None),
    ({}, [], {}),
    ("private", [], {}),
    ([], [], {}),
    (OLD, OF_OLD, OLD),
    ({"read": {"group_ids": "g"}}, [grant("group", "g")], ...),
    ({"read": None}, [], ...),
    ([{**grant("user", "u"), "id": "7", "resource_type": "model"}], [grant("user", "u")], ...),
    ([grant("user", "u"), grant("user", "u")], [grant("user", "u")], ...),
    (iter([EVERYBODY, grant("user", "u")]), [EVERYBODY, grant("user", "u")], ...),
]


@pytest.mark.parametrize(("access", "expected", "_"), FORMS)
def test_every_form_of_access_is_a_list_of_grants(access, expected, _):
    assert grants(access) == expected


@pytest.mark.parametrize(("access", "expected"), [(form, old) for form, _, old in FORMS if old is not ...])
def test_older_servers_get_what_they_had(access, expected):
    assert access_fields(access, server_has_grants=False) == {"access_control": expected}
    assert access_fields(access, server_has_grants=True) == {"access_grants": grants(access)}


def test_the_old_form_comes_back_as_it_went():
    assert grants(old_form(OF_OLD)) == OF_OLD
    assert old_form([EVERYBODY, grant("user", "u")]) is None


@pytest.mark.parametrize(
    "wanted",
    [
        [grant("user", "*", "write")],
        [EVERYBODY, grant("group", "g", "write")],
        [grant("anyone", "*")],
        [EVERYBODY, grant("anyone", "*")],
    ],
)
def test_what_older_servers_cannot_say_is_unsupported(wanted):
    with pytest.raises(UnsupportedError, match=r"0\.8\.0"):
        old_form(wanted)


@pytest.mark.parametrize(
    "access",
    [
        "group",
        "",
        {"reading": {}},
        {"read": {"groups": ["g"]}},
        {"read": {"user_ids": [""]}},
        ["u1"],
        [{"principal_type": "role", "principal_id": "x", "permission": "read"}],
        [{"principal_type": "user", "principal_id": "", "permission": "read"}],
        [{"principal_type": "user", "principal_id": "u", "permission": "own"}],
        [{"principal_type": "anyone", "principal_id": "*", "permission": "write"}],
        [{"principal_type": "anyone", "principal_id": "u", "permission": "read"}],
    ],
)
def test_what_is_no_access_is_refused(access):
    with pytest.raises(ValueError):
        grants(access)


def test_the_access_of_a_thing_is_read_in_both_forms():
    sent = {**EVERYBODY, "id": "1", "created_at": 5}
    assert granted({"access_grants": [sent]}) == [EVERYBODY]
    assert granted({"access_grants": None}) == []
    assert granted({"access_control": OLD}) == OF_OLD
    assert granted({}) == [EVERYBODY]


def test_access_that_stays_is_written_back_as_it_was():
    odd = {"principal_type": "role", "principal_id": "r", "permission": "read"}
    assert unchanged({"access_grants": [{**odd, "id": "1"}]}, server_has_grants=True) == {"access_grants": [odd]}
    assert unchanged({"access_control": {"odd": 1}}, server_has_grants=False) == {"access_control": {"odd": 1}}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("public", ["g"], ["u"]), [EVERYBODY]),
        (("private", ["g"], "u"), [grant("user", "u")]),
        (("private", None, None), []),
        (("group", "g", ["u"]), [grant("group", "g"), grant("user", "u")]),
    ],
)
def test_the_originals_words_give_reading(words, expected):
    assert shared_with(*words) == expected


@pytest.mark.parametrize("words", [("group", [], ["u"]), ("all", None, None), ("private", None, [""])])
def test_words_that_say_nothing_are_refused(words):
    with pytest.raises(ValueError):
        shared_with(*words)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (None, [EVERYBODY]),
        ({}, []),
        (OLD, [grant("group", "g"), grant("user", "u"), grant("user", "u", "write")]),
        ({"read": {"group_ids": None, "user_ids": ["u"]}, "others": 1}, [grant("user", "u")]),
        ("?", []),
    ],
)
def test_a_thing_of_an_older_server_has_grants_whatever_it_came_with(sent, expected):
    found = in_new_form({"id": "a", "access_control": sent})
    assert found == {"id": "a", "access_grants": granted({"access_control": sent})}
    assert sorted(map(str, found["access_grants"])) == sorted(map(str, expected))


def test_a_thing_that_has_grants_stays_as_it_is():
    row = {"id": "a", "access_grants": [{"id": "1", **EVERYBODY}]}
    assert in_new_form(row) == row
