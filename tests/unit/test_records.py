from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from openwebui_chat_client._records import Record, decode, mapping, mappings


class Inner(Record):
    name: str = "nobody"


class Outer(Record):
    id: str
    inner: Inner | None = None
    many: list[Inner] = ()  # type: ignore[assignment]  # a default must be hashable
    by_name: dict[str, Inner] | None = None


WIRE: dict[str, Any] = {"id": "1", "inner": {"name": "a"}, "many": [{"name": "b"}, {}], "by_name": {"c": {}}, "new": 7}


def test_a_record_is_a_dict_that_json_and_equality_know():
    record = decode(Outer, WIRE)
    assert isinstance(record, dict)
    assert json.loads(json.dumps(record)) == WIRE == record
    assert vars(record) == {}


def test_declared_fields_are_attributes_down_to_nested_records():
    record = decode(Outer, WIRE)
    assert (record.id, record.inner.name, record.many[0].name) == ("1", "a", "b")
    assert record.many[1].name == "nobody"
    assert type(record.by_name["c"]) is Inner


def test_unknown_keys_stay_and_a_default_answers_only_the_attribute():
    record = decode(Outer, {"id": "1", "new": 7})
    assert record["new"] == 7
    assert record.inner is None
    assert "inner" not in record


def test_a_missing_key_without_default_is_an_attribute_error_that_names_it():
    with pytest.raises(AttributeError, match="came without 'id'"):
        _ = Outer().id


def test_attributes_only_read():
    with pytest.raises(AttributeError, match=r"record\['id'\]"):
        Outer(id="1").id = "2"


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r)), Outer.copy])
def test_copies_are_records_too(again):
    record = decode(Outer, WIRE)
    assert again(record) == record
    assert type(again(record)) is Outer


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_another_outer_shape_is_refused(value):
    with pytest.raises(ValueError, match="expected dict"):
        decode(Outer, value)


def test_what_does_not_fit_further_in_stays_as_it_came():
    assert decode(Outer, {"id": "1", "inner": "text", "many": None}) == {"id": "1", "inner": "text", "many": None}


def test_lists_of_records_are_decoded():
    assert [type(item) for item in decode(list[Inner], [{}, {}])] == [Inner, Inner]


def test_a_field_with_the_name_of_a_dict_method_is_refused():
    with pytest.raises(TypeError, match="dict has that name"):
        type("Page", (Record,), {"__annotations__": {"items": "list"}})


def test_a_mutable_default_is_refused():
    with pytest.raises(TypeError, match="share that default"):
        type("Page", (Record,), {"__annotations__": {"rows": "list"}, "rows": []})


@pytest.mark.parametrize(
    ("value", "as_mapping", "as_mappings"),
    [({"a": 1}, {"a": 1}, []), ([{"a": 1}, 2, None], {}, [{"a": 1}]), (None, {}, []), ("text", {}, [])],
)
def test_json_of_any_shape_reads_as_objects_or_as_nothing(value, as_mapping, as_mappings):
    assert mapping(value) == as_mapping
    assert mappings(value) == as_mappings
