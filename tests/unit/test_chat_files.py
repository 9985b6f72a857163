import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwebui_chat_client._lines import lines
from openwebui_chat_client.resources._chat_files import MOST_BYTES, MOST_CHATS, Sized, batches, form, line, rows
from openwebui_chat_client.resources.chats import ExportedChat

ROW = {"id": "1", "title": "T", "chat": {"history": {}}}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def chunked(data, cuts):
    """The data in pieces, cut at these places."""
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for begin, end in itertools.pairwise(places):
        yield data[begin:end]


@given(st.lists(st.text()), st.lists(st.integers(min_value=0)))
async def test_chats_survive_any_text_and_any_cutting_of_the_stream(texts, cuts):
    sent = [{"id": str(number), "chat": {"text": text}} for number, text in enumerate(texts)]
    data = b"".join(map(line, sent))
    assert [json.loads(one) async for one in lines(chunked(data, cuts)) if one] == sent


async def test_a_last_line_without_an_end_is_a_line():
    assert [one async for one in lines(chunked(b"a\n\nb", [1]))] == [b"a", b"", b"b"]
    assert [one async for one in lines(chunked(b"", []))] == [b""]


@pytest.mark.parametrize(
    "text",
    [
        f"{json.dumps(ROW)}\n",
        f"\n{json.dumps(ROW)}\n\n{json.dumps(ROW)}",
        json.dumps([ROW]),
        json.dumps([ROW], indent=2),
        json.dumps(ROW, indent=2),
        json.dumps({"title": "T", "history": {}}),
    ],
    ids=["lines", "blank lines", "list", "indented list", "indented chat", "document"],
)
def test_a_file_is_read_in_every_form(tmp_path, text):
    (tmp_path / "x").write_text(text)
    found = [row for row, _ in rows(tmp_path / "x")]
    assert found
    assert all((row.title, row.chat["history"]) == ("T", {}) for row in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{json.dumps(ROW)}\nbroken\n", "line 2 of '.*x'"),
        (f"{json.dumps(ROW)}\n[]\n", "line 2"),
        (json.dumps([ROW, {"title": "no document"}]), "chat 2 in '.*x' is no exported chat"),
        ("<html>", "holds no exported chats"),
        ("", "holds no exported chats"),
        ("7", "chat 1 in"),
    ],
)
def test_a_file_that_is_not_good_is_refused_with_the_place(tmp_path, text, said):
    (tmp_path / "x").write_text(text)
    with pytest.raises(ValueError, match=said):
        list(rows(tmp_path / "x"))


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        list(rows(str(tmp_path / "none")))


def test_chats_go_in_requests_of_bounded_number_and_size():
    many = [Sized(ExportedChat(ROW), 1)] * (MOST_CHATS + 1)
    assert [len(batch) for batch in batches(many)] == [MOST_CHATS, 1]
    big = [Sized(ExportedChat(ROW), MOST_BYTES)] * 3
    assert [len(batch) for batch in batches(big)] == [1, 1, 1]
    assert list(batches([])) == []


def test_an_import_carries_what_the_server_takes_and_nothing_else():
    row = ExportedChat(
        **ROW, pinned=True, archived=False, created_at=1, meta={"tags": ["a", "b"]}, share_id="s", folder_path=["A"]
    )
    row["chat"] = {"title": "old", "share_mode": "continue"}
    assert form(row, "f", ["b"]) == {
        "chat": {"title": "T"},
        "folder_id": "f",
        "pinned": True,
        "archived": False,
        "created_at": 1,
        "meta": {"tags": ["a"]},
    }
