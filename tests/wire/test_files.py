import io
import json
import tracemalloc

import httpx2
import pytest

from openwebui_chat_client import APIConnectionError, APIResponseError, APITimeoutError, BadRequestError

UPLOAD, LISTED = ("POST", "/api/v1/files/"), ("GET", "/api/v1/files/")
STATUS, ONE, CONTENT = (("GET", f"/api/v1/files/f1{end}") for end in ("/process/status", "", "/content"))
GIGABYTE = 1024**3


def uploads(wire, *, name="a.txt", states=("completed",), error=None):
    left = list(states)
    wire.on("GET", "/api/version", {"version": "0.12.4"})
    wire.on(*UPLOAD, {"id": "f1", "filename": name, "hash": None, "meta": {"name": name}})
    wire.on(*STATUS, lambda _: {"status": left.pop(0) if len(left) > 1 else left[0]})
    wire.on(*ONE, {"id": "f1", "filename": name, "hash": "h", "data": {"status": left[-1], "error": error}})
    wire.on("DELETE", "/api/v1/files/f1", {"message": "gone"})


async def test_an_upload_is_a_form_with_the_file_and_is_asked_after_until_it_is_processed(make, wire, tmp_path):
    uploads(wire, states=["pending", "processing", "completed"])
    (tmp_path / "a.txt").write_text("hello")
    async with make() as client:
        file = await client.files.upload(tmp_path / "a.txt", metadata={"a": 1})
    assert (file.id, file.hash) == ("f1", "h")
    status = "GET /api/v1/files/f1/process/status"
    assert wire.lines == ["POST /api/v1/files/", status, status, status, "GET /api/v1/files/f1"]
    sent = wire.requests[0]
    assert dict(sent.url.params) == {"process": "true"}
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n' in sent.content
    assert b'name="metadata"\r\n\r\n{"a": 1}\r\n' in sent.content


@pytest.mark.parametrize("options", [{"wait": False}, {"process": False}])
async def test_an_upload_that_waits_for_nothing_is_one_request(make, wire, options):
    uploads(wire)
    async with make() as client:
        await client.files.upload(b"x", name="a.txt", **options)
    assert wire.lines == ["POST /api/v1/files/"]
    assert wire.requests[0].url.params["process"] == str(options.get("process", True)).lower()


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
    assert len(wire.requests) == attempts + 1
    assert all(b"\r\n\r\nthe whole\r\n" in request.content for request in wire.requests)


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
        with pytest.raises(ValueError, match="counted from 1"):
            await client.files.list(page=0)
        with pytest.raises(FileExistsError, match="overwrite=True"):
            await client.files.download("f1", tmp_path / "a.txt")
        with pytest.raises(FileNotFoundError, match="there is no directory"):
            await client.files.download("f1", tmp_path / "missing" / "a.txt")
    assert wire.lines == []


class Counting(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Reads what is sent piece by piece and keeps only its length; answers with a gigabyte."""

    received = 0

    def answer(self, request, pieces):
        if request.method == "POST":
            return httpx2.Response(200, json={"id": "f1", "filename": "big.bin"})
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


async def test_a_gigabyte_goes_up_without_being_held_in_memory(make, tmp_path, memory):
    big, counting = tmp_path / "big.bin", Counting()
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
        wire.on(*LISTED, rows)
        assert [file.id async for file in client.files.iter()] == [row["id"] for row in rows]
        wire.on(*LISTED, {"detail": "strange"})
        with pytest.raises(APIResponseError, match="a page that cannot be read"):
            await client.files.list()


async def test_a_search_without_a_match_is_empty(make, wire):
    wire.on("GET", "/api/v1/files/search", httpx2.Response(404, json={"detail": "No files found"}))
    async with make() as client:
        assert [file async for file in client.files.search("*.txt")] == []
    assert wire.requests[0].url.params["filename"] == "*.txt"
