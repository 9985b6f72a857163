import json

import httpx2
import pytest

from openwebui_chat_client import (
    APIConnectionError,
    APIResponseError,
    AuthenticationError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
)

DENIED = {"detail": "You do not have permission to access this resource. Please contact your administrator."}
NOT_FOUND = {"detail": "We could not find what you're looking for :/"}
EXPIRED = {"detail": "Your session has expired or the token is invalid. Please sign in again."}
WRONG = {"detail": "Something went wrong :/"}
ARCHIVE, GET, TAGS = ("POST", "/api/v1/chats/c/archive"), ("GET", "/api/v1/chats/c"), ("GET", "/api/v1/chats/c/tags")
LIST, ALL = ("GET", "/api/v1/chats/"), ("GET", "/api/v1/chats/all")


def row(chat_id="c", **more):
    return {"id": chat_id, "title": f"title of {chat_id}", "chat": {"history": {}}, "archived": False, **more}


def bodies(wire):
    return [json.loads(request.content) for request in wire.requests if request.content]


def said(status, detail):
    return httpx2.Response(status, json=detail)


class Switch:
    """A chat whose archive is a switch; `lost` answers are not sent although the switch was turned."""

    def __init__(self, wire, *, archived=False, lost=0, meddler=0):
        self.archived, self.lost, self.meddler = archived, lost, meddler
        wire.on(*ARCHIVE, self.turn)
        wire.on(*GET, lambda _: row(archived=self.archived))

    def turn(self, _):
        self.archived = not self.archived
        if self.meddler:
            self.meddler -= 1
            self.archived = not self.archived
        if self.lost:
            self.lost -= 1
            return httpx2.ReadTimeout("slow")
        return row(archived=self.archived)


async def test_an_archive_looks_first_and_turns_the_switch_once(make, wire):
    switch = Switch(wire)
    async with make() as client:
        await client.chats.archive("c")
        await client.chats.archive("c")
    assert switch.archived
    assert wire.lines == ["GET /api/v1/chats/c", "POST /api/v1/chats/c/archive", "GET /api/v1/chats/c"]


async def test_an_archive_whose_answer_was_lost_is_looked_up_and_not_repeated(make, wire):
    switch = Switch(wire, lost=1)
    async with make(max_retries=3) as client:
        assert (await client.chats.archive("c")).archived
    assert switch.archived
    assert wire.lines.count("POST /api/v1/chats/c/archive") == 1


async def test_an_archive_that_somebody_turned_back_meanwhile_is_turned_again(make, wire):
    switch = Switch(wire, meddler=1)
    async with make() as client:
        assert (await client.chats.archive("c")).archived
    assert switch.archived


@pytest.mark.parametrize(("status", "times"), [(500, 2), (504, 1)])
async def test_only_when_the_server_is_through_is_a_failed_archive_tried_again(make, wire, status, times):
    answers = [said(status, WRONG), row(archived=True)]
    wire.on(*ARCHIVE, lambda _: answers.pop(0))
    wire.on(*GET, row())
    async with make(max_retries=3) as client:
        if times == 1:
            with pytest.raises(ServerError):
                await client.archive_chat("c")
        else:
            assert await client.archive_chat("c") is True
    assert wire.lines.count("POST /api/v1/chats/c/archive") == times


async def test_an_archive_that_somebody_keeps_turning_back_is_a_conflict(make, wire):
    Switch(wire, meddler=99)
    async with make() as client:
        with pytest.raises(ConflictError, match="does not stay True"):
            await client.chats.archive("c")


async def test_an_archive_that_was_lost_for_good_raises(make, wire):
    Switch(wire, lost=1, meddler=1)
    async with make() as client:
        with pytest.raises(APIConnectionError):
            await client.chats.archive("c")


async def test_archiving_by_age_asks_for_the_list_and_then_only_archives(make, wire):
    chats = [row(f"c{number}", updated_at=number) for number in range(20)] + [row("new", updated_at=4_000_000_000)]
    wire.on(*LIST, chats)
    for number in range(20):
        wire.on("POST", f"/api/v1/chats/c{number}/archive", row(archived=True))
    wire.on("POST", "/api/v1/chats/c7/archive", said(500, WRONG))
    wire.on("GET", "/api/v1/chats/c7", row("c7"))
    async with make() as client:
        report = await client.archive_chats_by_age(30)
    assert (report.total_checked, report.total_archived, report.total_failed) == (21, 19, 1)
    assert [one.id for one in report.archived_chats] == [f"c{number}" for number in range(20) if number != 7]
    assert report.failed_chats[0].id == "c7"
    assert report.errors[0].startswith("title of c7: POST /api/v1/chats/c7/archive: 500")
    assert wire.lines.count("POST /api/v1/chats/c7/archive") == 3
    assert len(set(wire.lines)) == 1 + 20 + 1
    assert len(wire.requests) == 1 + 19 + 3 * 2
    assert wire.requests[0].url.query == b""


async def test_a_list_that_cannot_be_read_is_no_empty_report(make, wire):
    wire.on(*LIST, said(400, WRONG))
    async with make() as client:
        with pytest.raises(Exception, match="400 Something went wrong"):
            await client.archive_chats_by_age()


@pytest.mark.parametrize(
    ("refusal", "tags", "error"),
    [
        ((401, DENIED), (401, NOT_FOUND), NotFoundError),
        ((401, WRONG), (401, NOT_FOUND), NotFoundError),
        ((401, DENIED), (200, []), PermissionDeniedError),
        ((401, WRONG), (200, []), PermissionDeniedError),
        ((401, EXPIRED), (401, EXPIRED), AuthenticationError),
        ((403, DENIED), None, PermissionDeniedError),
    ],
)
async def test_what_a_401_means_is_found_out_by_one_small_request(make, wire, refusal, tags, error):
    wire.on("GET", "/api/version", {"version": "0.12.4"})
    wire.on("POST", "/api/v1/chats/c", said(*refusal))
    if tags:
        wire.on(*TAGS, said(*tags))
    async with make() as client:
        with pytest.raises(error):
            await client.rename_chat("c", "new")
    asked = [line for line in wire.lines if line != "GET /api/version"]
    assert asked == ["POST /api/v1/chats/c", *(["GET /api/v1/chats/c/tags"] if tags else [])]


async def test_a_missing_chat_names_what_was_asked_for(make, wire):
    wire.on("GET", "/api/version", {"version": "0.12.4"})
    wire.on("POST", "/api/v1/chats/c", said(401, DENIED))
    wire.on(*TAGS, said(401, NOT_FOUND))
    async with make() as client:
        with pytest.raises(NotFoundError, match=r"POST /api/v1/chats/c: 401.*no such chat") as caught:
            await client.chats.rename("c", "new")
    assert (caught.value.method, caught.value.path, caught.value.status_code) == ("POST", "/api/v1/chats/c", 401)


async def test_a_rename_sends_the_title_alone(make, wire):
    wire.on("POST", "/api/v1/chats/c", row())
    async with make() as client:
        assert await client.rename_chat("c", "new") is True
    assert bodies(wire) == [{"chat": {"title": "new"}}]


async def test_tags_are_sent_one_after_another_and_only_those_that_are_missing(make, wire):
    has = [{"id": "a_b", "name": "A b"}]

    def add(request):
        name = json.loads(request.content)["name"]
        has.append({"id": name.lower(), "name": name})
        return has

    wire.on(*TAGS, lambda _: has)
    wire.on("POST", "/api/v1/chats/c/tags", add)
    wire.on("DELETE", "/api/v1/chats/c/tags", lambda _: has)
    async with make() as client:
        assert await client.set_chat_tags("c", (name for name in ["a B", "C", "c", "D"])) == ["A b", "C", "D"]
        assert await client.set_chat_tags("c", "D") == ["A b", "C", "D"]
        await client.chats.remove_tags("c", ["A b"])
    assert bodies(wire) == [{"name": "C"}, {"name": "D"}, {"name": "a_b"}]


async def test_input_that_cannot_be_right_is_refused_before_any_request(make, wire, tmp_path):
    async with make() as client:
        chats, folders = client.chats, client.folders
        for call in (
            chats.rename("c", " "),
            chats.add_tags("c", ["ok", "None"]),
            chats.set_tags("c", [""]),
            chats.remove_tags("c", [None]),
            chats.move("c", ""),
            chats.delete(""),
            chats.archive(""),
            chats.share(""),
            chats.share("c", "everybody"),
            chats.fork(""),
            chats.delete_all(confirm="yes"),
            chats.archive_older_than(-1),
            chats.archive_older_than(float("nan")),
            chats.archive_older_than(1, ""),
            chats.import_chat({"title": "nothing"}),
            chats.import_all([{"chat": {}}, {"title": "nothing"}]),
            chats.export_all(tmp_path),
            client.create_folder(""),
            client.get_folder_id_by_name(""),
            folders.create("a", ""),
            folders.rename("f", ""),
            folders.update("f"),
            folders.move("", None),
            folders.move("f", ""),
            folders.delete("", with_chats=True),
            folders.find_path(""),
            folders.create_path(["a", ""]),
        ):
            with pytest.raises(ValueError):
                await call
        for call in (client.create_folder(), client.create_folder("a", name="b")):
            with pytest.raises(TypeError, match="either"):
                await call
        with pytest.raises(FileNotFoundError):
            await chats.import_all(tmp_path / "none")
        (tmp_path / "there").write_text("x")
        with pytest.raises(FileExistsError):
            await chats.export_all(tmp_path / "there")
        for stream in (chats.search(" "), chats.search_literal(""), chats.in_folder("")):
            with pytest.raises(ValueError):
                _ = [one async for one in stream]
    assert wire.requests == []


class Account:
    """A server with chats to export."""

    def __init__(self, wire, stream, *, listed, version="0.12.4"):
        wire.on("GET", "/api/version", {"version": version})
        wire.on("GET", "/api/v1/folders/", [{"id": "f", "name": "F", "parent_id": None}])
        wire.on("GET", "/api/v1/chats/all/tags", [{"id": "a", "name": "A"}])
        wire.on(*ALL, stream)
        wire.on(*LIST, [row(chat_id) for chat_id in listed])
        wire.on("GET", "/api/v1/chats/archived", [])
        for chat_id in listed:
            wire.on("GET", f"/api/v1/chats/{chat_id}", row(chat_id))


def ndjson(*rows):
    content = b"".join(json.dumps(one).encode() + b"\n" for one in rows)
    return httpx2.Response(200, content=content, headers={"content-type": "application/x-ndjson"})


def ids(file):
    return [json.loads(text)["id"] for text in file.read_text().splitlines()]


async def test_a_chat_that_comes_twice_is_written_once_and_one_that_is_skipped_is_read(make, wire, tmp_path):
    Account(wire, ndjson(row("1"), row("2"), row("1")), listed=["3", "1", "2"])
    async with make() as client:
        assert (await client.chats.export_all(tmp_path / "x")).total == 3
    assert ids(tmp_path / "x") == ["1", "2", "3"]


async def test_an_export_says_where_a_chat_is_and_what_its_tags_are_called(make, wire, tmp_path):
    chat = row("1", folder_id="f", meta={"tags": ["a", "b"]}, chat={"share_mode": None, "x": 1}, context_usage={})
    Account(wire, ndjson(chat), listed=["1"])
    async with make() as client:
        await client.chats.export_all(tmp_path / "x")
    written = json.loads((tmp_path / "x").read_text())
    assert (written["folder_path"], written["tag_names"], written["chat"]) == (["F"], ["A", "b"], {"x": 1})
    assert "context_usage" not in written


@pytest.mark.parametrize(("version", "asked"), [("0.6.43", False), ("0.8.12", True)])
async def test_older_servers_are_exported_too(make, wire, tmp_path, version, asked):
    Account(wire, [row("1")], listed=["1", "2"], version=version)
    async with make() as client:
        assert (await client.chats.export_all(tmp_path / "x")).total == 2
    assert ids(tmp_path / "x") == ["1", "2"]
    assert ("GET /api/v1/chats/all" in wire.lines) is asked


class Breaking(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that ends too early."""

    def __iter__(self):
        yield ndjson(row("1")).content
        raise httpx2.RemoteProtocolError("cut")

    async def __aiter__(self):
        for chunk in self:
            yield chunk


@pytest.mark.parametrize(
    ("stream", "error"),
    [
        (lambda: httpx2.Response(200, stream=Breaking()), APIConnectionError),
        (lambda: httpx2.Response(200, html="<html>"), APIResponseError),
        (lambda: said(401, EXPIRED), AuthenticationError),
    ],
)
async def test_an_export_that_breaks_leaves_the_file_as_it_was(make, wire, tmp_path, stream, error):
    Account(wire, lambda _: stream(), listed=["1"])
    (tmp_path / "x").write_text("former")
    async with make() as client:
        with pytest.raises(error):
            await client.chats.export_all(tmp_path / "x", overwrite=True)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["former"]


async def test_a_chat_that_older_servers_do_not_import_as_archived_is_archived_after(make, wire):
    wire.on("GET", "/api/version", {"version": "0.10.2"})
    Switch(wire)
    wire.on("POST", "/api/v1/chats/import", [row()])
    async with make() as client:
        assert (await client.chats.import_chat({"chat": {}, "archived": True})).archived


async def test_an_import_whose_answer_is_lost_is_reported_and_not_repeated(make, wire):
    wire.on("POST", "/api/v1/chats/import", httpx2.ReadTimeout("slow"))
    async with make(max_retries=3) as client:
        report = await client.chats.import_all([{"chat": {}, "title": "one"}, {"chat": {}, "title": "two"}])
    assert ([one.item for one in report.failed], report.imported) == (["one", "two"], [])
    assert len(wire.requests) == 1


async def test_a_delete_that_the_server_did_not_do_raises(make, wire):
    wire.on("GET", "/api/version", {"version": "0.12.4"})
    wire.on("DELETE", "/api/v1/chats/c", False)
    wire.on("DELETE", "/api/v1/chats/", False)
    async with make() as client:
        for call in (client.chats.delete("c"), client.delete_all_chats()):
            with pytest.raises(APIResponseError, match="could not do it"):
                await call


async def test_access_is_set_before_the_chat_is_shared(make, wire):
    wire.on("GET", "/api/version", {"version": "0.12.4"})
    wire.on("POST", "/api/v1/chats/shared/c/access/update", said(403, DENIED))
    async with make() as client:
        with pytest.raises(PermissionDeniedError):
            await client.chats.share("c", "public")
    assert wire.lines[-1] == "POST /api/v1/chats/shared/c/access/update"
    grant = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    assert bodies(wire) == [{"access_grants": [grant]}]


@pytest.mark.parametrize(("with_chats", "query"), [(True, b"delete_contents=true"), (False, b"delete_contents=false")])
async def test_deleting_a_folder_always_says_what_becomes_of_its_chats(make, wire, with_chats, query):
    wire.on("DELETE", "/api/v1/folders/f", True)
    async with make() as client:
        await client.folders.delete("f", with_chats=with_chats)
    assert wire.requests[0].url.query == query


async def test_a_literal_search_reads_only_chats_that_do_not_show_the_text(make, wire):
    found = [row("1", title="has tag:x in it"), row("2", snippet="... Tag:X ..."), row("3"), row("4")]
    wire.on("GET", "/api/version", {"version": "0.12.4"})
    wire.on("GET", "/api/v1/chats/search", found)
    history = {"messages": {"m": {"id": "m", "content": "a tag:x"}}}
    wire.on("GET", "/api/v1/chats/3", row("3", chat={"history": history}))
    wire.on("GET", "/api/v1/chats/4", row("4"))
    async with make() as client:
        assert [one.id async for one in client.chats.search_literal("tag:x")] == ["1", "2", "3"]
    assert wire.requests[1].url.params["text"] == "ag:x"
    assert wire.lines[2:] == ["GET /api/v1/chats/3", "GET /api/v1/chats/4"]
