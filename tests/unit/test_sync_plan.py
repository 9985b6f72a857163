import pytest

from openwebui_chat_client.resources._directory import LocalFile
from openwebui_chat_client.resources._sync_plan import Difference, Held, compare, read, refine


def held(file_id, path, checksum):
    return Held(file_id, path, checksum, f"text of {checksum}", None)


def local(path, checksum):
    return LocalFile(path, checksum, 1)


CASES = [  # what is held, what is there; former versions of what is sent, ids of what leaves, how many stay
    ([], [("a", "1")], {"a": []}, [], 0),
    ([("x", "a", "1")], [("a", "1")], {}, [], 1),
    ([("x", "a", "1")], [("a", "2")], {"a": ["x"]}, [], 0),
    ([("x", "a", "1")], [("b", "1")], {"b": []}, ["x"], 0),
    ([("x", "a", "1"), ("y", "a", "2")], [("a", "2")], {}, ["x"], 1),
    ([("x", "a", "1"), ("y", "a", "1")], [("a", "1")], {}, ["y"], 1),
    ([("x", "a", "1"), ("y", "a", "2")], [("a", "3")], {"a": ["x", "y"]}, [], 0),
    ([("x", "a", "")], [("a", "1")], {"a": ["x"]}, [], 0),
]


@pytest.mark.parametrize(("there", "files", "former", "leaving", "unchanged"), CASES)
def test_files_are_compared_by_path_and_checksum(there, files, former, leaving, unchanged):
    plan = compare([held(*one) for one in there], [local(*one) for one in files])
    assert (plan.former, [*plan.leaving], plan.unchanged) == (former, leaving, unchanged)


def test_the_servers_plan_gets_what_the_server_does_not_see():
    difference = Difference(
        added=[],
        modified=[
            {"path": "", "filename": "a", "stale_file_id": "x"},
            {"path": "", "filename": "b", "stale_file_id": "z"},
        ],
        deleted=[{"file_id": "g", "filename": "gone"}],
        mkdir=[],
        rmdir=[],
        unmodified_count=1,
        directory_map={"docs": "d"},
    )
    rows = [("x", "a", "1"), ("y", "a", "2"), ("z", "b", "1"), ("g", "docs/gone", "9"), ("c", "c", "5")]
    files = [local("a", "2"), local("b", "3"), local("c", "5")]
    plan = refine(read(difference), [held(*row) for row in rows], files)
    assert (plan.changed(), plan.added()) == (["b"], [])
    assert {file_id: one.path for file_id, one in plan.leaving.items()} == {"x": "a", "g": "docs/gone"}
    assert (plan.unchanged, plan.folders) == (2, {"docs": "d"})
