import pytest

from openwebui_chat_client.resources._model_records import Asker, tags_of, whole

EVERYBODY = {"principal_type": "user", "principal_id": "*", "permission": "read"}
WRITER = {"principal_type": "user", "principal_id": "u1", "permission": "write"}
SOMEBODY, ADMIN = Asker("u1", False, frozenset({"g1"})), Asker("u1", True, frozenset())


@pytest.mark.parametrize(
    ("said", "grants"),
    [
        ({"access_control": None}, [EVERYBODY]),
        ({"access_control": {}}, []),
        ({"access_control": {"write": {"user_ids": ["u1"]}}}, [WRITER]),
        ({"access_grants": [{**WRITER, "id": "7"}]}, [{**WRITER, "id": "7"}]),
        ({"access_grants": []}, []),
    ],
)
def test_an_entry_has_the_same_keys_whatever_the_server_says(said, grants):
    entry = whole({"id": "m", **said})
    assert entry["access_grants"] == grants
    assert (entry["write_access"], entry["version_id"]) == (None, None)
    assert whole({"id": "m", "write_access": True, "version_id": "v", **said})["version_id"] == "v"


@pytest.mark.parametrize(
    ("asker", "said", "may"),
    [
        (SOMEBODY, {"user_id": "u1", "access_control": {}}, True),
        (SOMEBODY, {"user_id": "u2", "access_control": None}, False),
        (SOMEBODY, {"user_id": "u2", "access_control": {"write": {"user_ids": ["u1"]}}}, True),
        (SOMEBODY, {"user_id": "u2", "access_control": {"write": {"group_ids": ["g1"]}}}, True),
        (SOMEBODY, {"user_id": "u2", "access_control": {"read": {"group_ids": ["g1"]}}}, False),
        (ADMIN, {"user_id": "u2", "access_control": {}}, True),
    ],
)
def test_who_may_change_an_entry_is_its_owner_an_administrator_or_whom_it_names(asker, said, may):
    assert asker.may_write(whole({"id": "m", **said})) is may


def test_tags_come_once_and_in_order():
    entries = [
        whole({"id": "a", "access_grants": [], "meta": {"tags": [{"name": "b"}, {"name": "a"}]}}),
        whole({"id": "b", "access_grants": [], "meta": {"tags": [{"name": "a"}, {}, "odd"]}}),
        whole({"id": "c", "access_grants": [], "meta": None}),
    ]
    assert tags_of(entries) == ["a", "b"]
