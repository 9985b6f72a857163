import hashlib
import io
import json
import tracemalloc

import httpx2
import pytest

from openwebui_chat_client import (
    APIConnectionError,
    APIResponseError,
    APITimeoutError,
    BadRequestError,
    ServerError,
    UnsupportedError,
)

UPLOAD, LISTED, VERSION = ("POST", "/api/v1/files/"), ("GET", "/api/v1/files/"), ("GET", "/api/version")
STATUS, ONE, CONTENT = (("GET", f"/api/v1/files/f1{end}") for end in ("/process/status", "", "/content"))
GIGABYTE = 1024**3


def uploads(wire, *, name="a.txt", states=("completed",), error=None, version="0.12.4"):
    left = list(states)
    wire.on(*VERSION, {"version": version})
    wire.on(*UPLOAD, {"id": "f1", "filename": name, "hash": None, "meta": {"name": name}})
    wire.on(*STATUS, lambda _: {"status": left.pop(0) if len(left) > 1 else left[0]})
    wire.on(*ONE, {"id": "f1", "filename": name, "hash": "h", "data": {"status": left[-1], "error": error}})
    wire.on("DELETE", "/api/v1/files/f1", {"message": "gone"})


def metadata(request):
    """What a form says of its file."""
    return json.loads(request.content.split(b'name="metadata"\r\n\r\n')[1].split(b"\r\n")[0])


async def test_an_upload_is_a_form_with_the_file_and_is_asked_after_until_it_is_processed(make, wire, tmp_path):
    uploads(wire, states=["pending", "processing", "completed"])
    (tmp_path / "a.txt").write_text("hello")
    async with make() as client:
        file = await client.files.upload(tmp_path / "a.txt", metadata={"a": 1})
    assert (file.id, file.hash) == ("f1", "h")
    status = "GET /api/v1/files/f1/process/status"
    assert wire.lines == ["GET /api/version", "POST /api/v1/files/", status, status, status, "GET /api/v1/files/f1"]
    sent = wire.requests[1]
    assert dict(sent.url.params) == {"process": "true"}
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n' in sent.content
    assert metadata(sent).keys() == {"client_upload_id", "a"}
    assert metadata(sent)["a"] == 1


@pytest.mark.parametrize("options", [{"wait": False}, {"process": False}])
async def test_an_upload_that_waits_for_nothing_is_one_request(make, wire, options):
    uploads(wire)
    async with make() as client:
        await client.files.upload(b"x", name="a.txt", **options)
    assert wire.lines == ["GET /api/version", "POST /api/v1/files/"]
    assert wire.requests[1].url.params["process"] == str(options.get("process", True)).lower()


async def test_a_file_that_cannot_be_processed_is_deleted_and_the_servers_reason_raised(make, wire):
    uploads(wire, states=["failed"], error="Stream has ended unexpectedly")
    async with make() as client:
        with pytest.raises(BadRequestError, match=r"'a.txt' cannot be processed: Stream has ended") as caught:
            await client.files.upload(b"x", name="a.txt")
    assert caught.value.detail == "Stream has ended unexpectedly"
    assert wire.lines[-1] == "DELETE /api/v1/files/f1"


async def test_waiting_ends_after_its_time_and_deletes_nothing(make, wire):
    uploads(wire, states=["processing"])
    async with make() as client:
        with pytest.raises(APITimeoutError, match="f1 is not processed after 0 s; it is processing"):
            await client.files.wait_until_processed("f1", timeout=0)
    assert wire.lines == ["GET /api/v1/files/f1/process/status"]


async def test_a_name_that_a_form_cannot_say_is_given_afterwards(make, wire):
    uploads(wire, name="a%22b.txt")
    wire.on("POST", "/api/v1/files/f1/rename", {"id": "f1", "filename": 'a"b.txt'})
    async with make() as client:
        file = await client.files.upload(b"x", name='a"b.txt', wait=False)
    assert file.filename == 'a"b.txt'
    assert json.loads(wire.requests[-1].content) == {"filename": 'a"b.txt'}


def answer(outcome):
    """An exception, or a function that gives a response with that status."""
    return outcome if isinstance(outcome, Exception) else lambda _: httpx2.Response(outcome, json={"detail": "x"})


LOST = [httpx2.ReadError("gone"), httpx2.ReadTimeout("slow"), 504]


@pytest.mark.parametrize("lost", LOST)
async def test_an_upload_whose_answer_is_lost_is_looked_for_by_its_mark(make, wire, lost):
    uploads(wire, name="a 1.txt")
    looks = []

    def search(request):
        looks.append(request.url.params["filename"])
        mark = metadata(wire.requests[1])["client_upload_id"]
        rows = [{"id": "f0", "filename": "a 1.txt", "meta": {"data": {"client_upload_id": "of another"}}}]
        mine = {"id": "f1", "filename": "a 1.txt", "meta": {"data": {"client_upload_id": mark}}}
        return rows if len(looks) == 1 else [*rows, mine]

    wire.on(*UPLOAD, answer(lost))
    wire.on("GET", "/api/v1/files/search", search)
    async with make() as client:
        file = await client.files.upload(b"x", name="a 1.txt")
    assert (file.id, file.hash, looks) == ("f1", "h", ["a 1.txt", "a 1.txt"])
    assert wire.lines.count("POST /api/v1/files/") == 1


@pytest.mark.parametrize("found", [404, httpx2.ReadError("gone")])
async def test_an_upload_that_is_not_found_again_fails_as_it_did(make, wire, found):
    uploads(wire)
    wire.on(*UPLOAD, httpx2.ReadTimeout("slow"))
    wire.on("GET", "/api/v1/files/search", answer(found))
    async with make() as client:
        with pytest.raises(APITimeoutError, match="POST /api/v1/files/"):
            await client.files.upload(b"x", name="a.txt")
    assert wire.lines[1] == "POST /api/v1/files/"
    assert set(wire.lines[2:]) == {"GET /api/v1/files/search"}


@pytest.mark.parametrize("refused", [httpx2.ConnectError("refused"), 500])
async def test_an_upload_that_did_not_arrive_or_was_refused_is_not_looked_for(make, wire, refused):
    uploads(wire)
    wire.on(*UPLOAD, answer(refused))
    async with make() as client:
        with pytest.raises((APIConnectionError, ServerError)):
            await client.files.upload(b"x", name="a.txt")
    assert wire.lines == ["GET /api/version", "POST /api/v1/files/"]


class Pipe(io.RawIOBase):
    """Can be read once."""

    name = "pipe.txt"

    def __init__(self, content):
        self.left = io.BytesIO(content)

    def readable(self):
        return True

    def read(self, size=-1):
        return self.left.read(size)


@pytest.mark.parametrize("attempts", [1, 2])
async def test_an_open_file_and_a_pipe_are_sent_from_their_beginning_each_time(make, wire, attempts):
    uploads(wire)
    busy = [httpx2.Response(503, headers={"retry-after": "0"}, json={}) for _ in range(attempts - 1)]
    wire.on(*UPLOAD, lambda _: busy.pop() if busy else {"id": "f1", "filename": "pipe.txt"})
    half_read = io.BytesIO(b"the whole")
    half_read.read(4)
    async with make(max_retries=1) as client:
        await client.files.upload(Pipe(b"the whole"), wait=False)
        await client.files.upload(half_read, name="pipe.txt", wait=False)
    sent = [request for request in wire.requests if request.method == "POST"]
    assert len(sent) == attempts + 1
    assert all(b"\r\n\r\nthe whole\r\n" in request.content for request in sent)


async def test_a_server_that_computes_no_checksum_is_told_it_and_the_whole_is_sent(make, wire):
    uploads(wire, version="0.8.12")
    half_read = io.BytesIO(b"the whole")
    half_read.read(4)
    async with make() as client:
        for source in (half_read, b"the whole"):
            await client.files.upload(source, name="a.txt", wait=False, metadata={"a": 1})
        kept = metadata(wire.requests[-1])
        wire.on(
            *ONE, {"id": "f1", "filename": "a.txt", "access_control": None, "meta": {"name": "a.txt", "data": kept}}
        )
        file = await client.files.get("f1")
    sent = [request for request in wire.requests if request.method == "POST"]
    checksum = hashlib.sha256(b"the whole").hexdigest()
    assert [metadata(request)["client_upload_sha256"] for request in sent] == [checksum, checksum]
    assert all(b"\r\n\r\nthe whole\r\n" in request.content for request in sent)
    mark = kept["client_upload_id"]
    meta = {"name": "a.txt", "file_hash": checksum, "data": {"client_upload_id": mark, "a": 1}}
    assert file == {"id": "f1", "filename": "a.txt", "meta": meta}


async def test_a_name_that_a_form_cannot_say_is_said_in_another_way_where_there_is_no_renaming(make, wire):
    uploads(wire, name='a"b.txt', version="0.8.12")
    async with make() as client:
        assert (await client.files.upload(b"x", name='a"b.txt', wait=False)).filename == 'a"b.txt'
    assert wire.lines == ["GET /api/version", "POST /api/v1/files/"]
    assert b"Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''a%22b.txt\r\n" in wire.requests[1].content
    assert b"Content-Type: text/plain\r\n" in wire.requests[1].content


@pytest.mark.parametrize(
    ("version", "extra"),
    [
        ("0.12.4", []),
        ("0.8.12", []),
        ("0.7.2", ["GET files/f1", "GET knowledge/", "GET knowledge/k1/files", "POST knowledge/k1/file/remove"]),
    ],
)
async def test_a_file_is_deleted_out_of_knowledge_bases_by_hand_where_the_server_does_not(make, wire, version, extra):
    uploads(wire, version=version)
    row = {"id": "f1", "filename": "a.txt"}
    writable, readable = {"id": "k1", "write_access": True}, {"id": "k2", "write_access": False}
    wire.on("GET", "/api/v1/knowledge/", {"items": [writable, readable], "total": 2})
    for base in ("k1", "k2"):
        wire.on("GET", f"/api/v1/knowledge/{base}/files", {"items": [row], "total": 1})
    wire.on("POST", "/api/v1/knowledge/k1/file/remove", {"id": "k1"})
    async with make() as client:
        await client.files.delete("f1")
    done = [line.replace("/api/v1/", "") for line in wire.lines if "version" not in line and "k2" not in line]
    assert done == [*extra, "DELETE files/f1"]
    removed = [request.url.params["delete_file"] for request in wire.requests if request.method == "POST"]
    assert removed == ["false"] * bool(extra)


async def test_new_text_is_processed_and_brought_to_the_knowledge_bases_where_the_server_forgets_them(make, wire):
    uploads(wire, version="0.8.0")
    row = {"id": "f1", "filename": "a.txt"}
    wire.on("GET", "/api/v1/files/search", [row])
    wire.on("POST", "/api/v1/retrieval/process/file", {"status": True, "content": "new"})
    wire.on("GET", "/api/v1/knowledge/", {"items": [{"id": "k1", "write_access": True}], "total": 1})
    wire.on("GET", "/api/v1/knowledge/k1/files", {"items": [row], "total": 1})
    wire.on("POST", "/api/v1/knowledge/k1/file/update", {"id": "k1"})
    async with make() as client:
        assert await client.files.set_text("f1", "new") == "new"
    posts = [line for line in wire.lines if line.startswith("POST")]
    assert posts == ["POST /api/v1/retrieval/process/file", "POST /api/v1/knowledge/k1/file/update"]


@pytest.mark.parametrize(("version", "refused"), [("0.11.4", True), ("0.12.0", False)])
async def test_the_text_of_others_is_not_touched_where_the_server_would_lose_it(make, wire, version, refused):
    uploads(wire, version=version)
    wire.on("GET", "/api/v1/files/search", [])
    wire.on("GET", "/api/v1/knowledge/", {"items": [{"id": "k1", "write_access": True}], "total": 1})
    wire.on("GET", "/api/v1/knowledge/k1/files", {"items": [{"id": "f1", "filename": "a.txt"}], "total": 1})
    wire.on("POST", "/api/v1/files/f1/data/content/update", {"content": "new"})
    async with make() as client:
        if refused:
            with pytest.raises(UnsupportedError, match="changing the text of somebody else's file"):
                await client.files.set_text("f1", "new")
        else:
            assert await client.files.set_text("f1", "new") == "new"
    assert any(line.startswith("POST") for line in wire.lines) is not refused


async def test_what_cannot_be_uploaded_is_refused_before_any_request(make, wire, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    async with make() as client:
        for source, options, error, words in [
            (tmp_path / "missing.txt", {}, FileNotFoundError, "missing.txt"),
            ("", {}, ValueError, "a file is needed"),
            (tmp_path, {}, ValueError, "a file is needed"),
            (b"x", {}, ValueError, "needs a name"),
            (io.BytesIO(b"x"), {}, ValueError, "needs a name"),
            (io.StringIO("x"), {"name": "a.txt"}, ValueError, "not text"),
            (None, {"name": "a.txt"}, ValueError, "a path, bytes or an open file"),
            (b"x", {"name": " "}, ValueError, "a name without directories"),
            (b"x", {"name": "../a.txt"}, ValueError, "a name without directories"),
        ]:
            with pytest.raises(error, match=words):
                await client.files.upload(source, **options)
        for call in (client.files.get, client.files.delete, client.files.status, client.files.content):
            with pytest.raises(ValueError, match="an id is needed"):
                await call("")
        with pytest.raises(ValueError, match="an id is needed"):
            await client.files.download("", tmp_path)
        with pytest.raises(ValueError, match="a name is needed"):
            await client.files.rename("f1", " ")
        with pytest.raises(ValueError, match="confirm=True is needed"):
            await client.files.delete_all(confirm=1)
        with pytest.raises(ValueError, match="counted from 1"):
            await client.files.list(page=0)
        with pytest.raises(FileExistsError, match="overwrite=True"):
            await client.files.download("f1", tmp_path / "a.txt")
        with pytest.raises(FileNotFoundError, match="there is no directory"):
            await client.files.download("f1", tmp_path / "missing" / "a.txt")
    assert wire.lines == []


class Counting(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Reads what is sent piece by piece and keeps only its length; answers with a gigabyte."""

    received, version = 0, "0.12.4"

    def answer(self, request, pieces):
        if request.method == "POST":
            return httpx2.Response(200, json={"id": "f1", "filename": "big.bin"})
        if request.url.path == "/api/version":
            return httpx2.Response(200, json={"version": self.version})
        return httpx2.Response(200, headers={"content-length": str(GIGABYTE)}, stream=pieces)

    def handle_request(self, request):
        for piece in request.stream:
            self.received += len(piece)
        return self.answer(request, Zeros())

    async def handle_async_request(self, request):
        async for piece in request.stream:
            self.received += len(piece)
        return self.answer(request, Zeros())


class Zeros(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    piece = bytes(1024 * 1024)

    def __iter__(self):
        yield from (self.piece for _ in range(GIGABYTE // len(self.piece)))

    async def __aiter__(self):
        for piece in self:
            yield piece


@pytest.fixture
def memory():
    """The peak of what Python holds, in bytes, as a function."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


@pytest.mark.parametrize("version", ["0.12.4", "0.8.12"])
async def test_a_gigabyte_goes_up_without_being_held_in_memory(make, tmp_path, memory, version):
    big, counting = tmp_path / "big.bin", Counting()
    counting.version = version
    with big.open("wb") as file:
        file.truncate(GIGABYTE)
    async with make(transport=counting) as client:
        await client.files.upload(big, wait=False)
    assert counting.received > GIGABYTE
    assert memory() < 20 * 1024**2


async def test_a_gigabyte_comes_down_without_being_held_in_memory(make, tmp_path, memory):
    async with make(transport=Counting()) as client:
        target = await client.files.download("f1", tmp_path)
    size = target.stat().st_size
    target.unlink()
    assert size == GIGABYTE
    assert memory() < 20 * 1024**2


def said(name):
    return {"content-disposition": f"attachment; filename*=UTF-8''{name}"}


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        (said("report%20%C3%BC.txt"), "report ü.txt"),
        (said("..%2F..%2Fevil.txt"), "evil.txt"),
        (said("%2Fetc%2Fpasswd"), "passwd"),
        (said(".."), "f1"),
        ({}, "f1"),
    ],
)
async def test_a_servers_name_never_leaves_the_directory(make, wire, tmp_path, headers, name):
    wire.on(*CONTENT, lambda _: httpx2.Response(200, headers=headers, content=b"bytes"))
    place = tmp_path / "in" / "here"
    place.mkdir(parents=True)
    async with make() as client:
        assert await client.files.download("f1", place) == place / name
    assert [found for found in tmp_path.rglob("*") if found.is_file()] == [place / name]
    assert (place / name).read_bytes() == b"bytes"


async def test_a_file_that_is_there_is_replaced_only_on_demand(make, wire, tmp_path):
    wire.on(*CONTENT, lambda _: httpx2.Response(200, headers=said("a.txt"), content=b"new"))
    (tmp_path / "a.txt").write_text("old")
    async with make() as client:
        with pytest.raises(FileExistsError, match="overwrite=True"):
            await client.files.download("f1", tmp_path)
        assert (tmp_path / "a.txt").read_text() == "old"
        await client.files.download("f1", tmp_path, overwrite=True)
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("a.txt", "new")]


class Broken(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    def __iter__(self):
        yield b"the first half"
        raise httpx2.ReadError("gone")

    async def __aiter__(self):
        for piece in self:
            yield piece


async def test_a_download_that_breaks_leaves_what_was_there_before(make, wire, tmp_path):
    wire.on(*CONTENT, lambda _: httpx2.Response(200, stream=Broken()))
    (tmp_path / "a.txt").write_text("old")
    async with make() as client:
        for target in (tmp_path / "new.txt", tmp_path / "a.txt"):
            with pytest.raises(APIConnectionError):
                await client.files.download("f1", target, overwrite=True)
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("a.txt", "old")]


async def test_pages_and_the_bare_lists_of_older_servers_are_read_alike(make, wire):
    rows = [{"id": f"f{number}", "filename": "x"} for number in range(51)]
    wire.on(*LISTED, lambda request: {"items": rows[50:] if request.url.params["page"] == "2" else rows[:50]})
    async with make() as client:
        assert len(await client.files.list()) == 51
        assert [request.url.params["content"] for request in wire.requests] == ["false", "false"]
        assert len(await client.files.list(page=2)) == 1
        wire.on(*LISTED, [{**row, "updated_at": number // 2} for number, row in enumerate(rows)])
        wire.requests.clear()
        assert [file.id async for file in client.files.iter()] == [row["id"] for row in reversed(rows)]
        assert len(wire.requests) == 1
        assert [file.id for file in await client.files.list(page=2)] == ["f0"]
        assert await client.files.list(page=3) == []
        wire.on(*LISTED, {"detail": "strange"})
        with pytest.raises(APIResponseError, match="a page that cannot be read"):
            await client.files.list()


@pytest.mark.parametrize(("version", "pattern"), [("0.12.4", "a[1]*"), ("0.6.43", "a[[]1]*")])
async def test_a_bracket_is_a_letter_also_where_the_server_reads_more_into_it(make, wire, version, pattern):
    uploads(wire, version=version)
    wire.on("GET", "/api/v1/files/search", [])
    async with make() as client:
        assert [file async for file in client.files.search("a[1]*")] == []
    assert wire.requests[-1].url.params["filename"] == pattern


@pytest.mark.parametrize("version", ["0.12.4", "0.9.6", "0.8.12", "0.6.43"])
async def test_files_are_counted_on_every_server(make, wire, version):
    uploads(wire, version=version)
    wire.on("GET", "/api/v1/files/count", 2)
    rows = [{"id": "f1"}, {"id": "f2"}]
    wire.on(*LISTED, rows if version == "0.6.43" else {"items": rows[:1], "total": 2})
    async with make() as client:
        assert await client.files.count() == 2


async def test_a_search_without_a_match_is_empty(make, wire):
    wire.on("GET", "/api/v1/files/search", httpx2.Response(404, json={"detail": "No files found"}))
    async with make() as client:
        assert [file async for file in client.files.search("*.txt")] == []
    assert wire.requests[0].url.params["filename"] == "*.txt"
