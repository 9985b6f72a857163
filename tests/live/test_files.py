import hashlib
import io
import json

import pytest

from flaky import Flaky, nth
from openwebui_chat_client import (
    APIConnectionError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    UnsupportedError,
)
from openwebui_chat_client._server import FILE_NAMES, OTHERS_TEXTS, Version, parse
from openwebui_chat_client.local import LocalServer
from openwebui_chat_client.types import grant


@pytest.fixture(scope="module")
def user(server):
    """Somebody who is no administrator."""
    return server.create_user()


@pytest.fixture
async def file(keyed, title):
    """A processed file."""
    return await keyed.files.upload(b"The owl sleeps at noon.", name=f"{title}.txt", metadata={"topic": "owls"})


async def test_a_path_bytes_and_an_open_file_arrive_whole(keyed, title, tmp_path):
    path = tmp_path / f"{title}.md"
    path.write_bytes(b"# Title\n" * 20_000)
    with path.open("rb") as opened:
        opened.read(10)
        sources = [(path, {}), (str(path), {}), (opened, {}), (path.read_bytes(), {"name": path.name})]
        uploaded = [await keyed.files.upload(source, **options) for source, options in sources]
    for file in uploaded:
        assert file.filename == path.name
        assert (file.meta["size"], file.meta["content_type"]) == (160_000, "text/markdown")
        assert hashlib.sha256(await keyed.files.content(file.id)).hexdigest() == file.meta["file_hash"]
        assert file.hash == uploaded[0].hash
        assert file.created.year > 2000
        assert file.created.utcoffset().total_seconds() == 0


async def test_an_uploaded_file_is_processed_and_keeps_its_metadata(keyed, file):
    assert await keyed.files.status(file.id) == "completed"
    assert await keyed.files.text(file.id) == "The owl sleeps at noon."
    assert (await keyed.files.get(file.id)).meta["data"]["topic"] == "owls"
    assert file.hash == hashlib.sha256(b"The owl sleeps at noon.").hexdigest()


async def test_one_may_wait_later(keyed, title):
    made = await keyed.files.upload(b"later", name=f"{title}.txt", wait=False)
    assert made.hash is None
    file = await keyed.files.wait_until_processed(made.id)
    assert (file.id, file.data["content"]) == (made.id, "later")


async def test_a_picture_is_kept_without_being_read(keyed, title):
    made = await keyed.files.upload(b"\x89PNG\r\n", name=f"{title}.png", process=False)
    assert await keyed.files.status(made.id) == "pending"
    assert await keyed.files.content(made.id) == b"\x89PNG\r\n"


async def test_a_file_that_cannot_be_read_says_why_and_does_not_stay(server, keyed, title):
    with pytest.raises(BadRequestError, match="cannot be processed") as caught:
        await keyed.files.upload(b"this is no PDF", name=f"{title}.pdf")
    assert caught.value.detail == "Stream has ended unexpectedly"
    words = "Error uploading file" if parse(server.version) < Version(0, 11) else "content provided is empty"
    with pytest.raises(BadRequestError, match=words):
        await keyed.files.upload(b"", name=f"{title}.txt")
    assert [found async for found in keyed.files.search(f"{title}*")] == []


async def test_a_file_that_failed_says_why_to_who_waits_for_it(keyed, title):
    made = await keyed.files.upload(b"this is no PDF", name=f"{title}.pdf", wait=False)
    with pytest.raises(BadRequestError, match="Stream has ended unexpectedly"):
        await keyed.files.wait_until_processed(made.id)
    assert await keyed.files.status(made.id) == "failed"


@pytest.mark.parametrize("name", ['quo"te.txt', "back\\slash.txt", "per%cent;semi.txt", "日本 ü.txt", "new\nline.txt"])
async def test_a_name_arrives_as_it_is_and_comes_back_as_a_plain_one(keyed, name, tmp_path):
    made = await keyed.files.upload(b"x", name=name, process=False)
    assert (await keyed.files.get(made.id)).filename == name
    target = await keyed.files.download(made.id, tmp_path)
    assert target.parent == tmp_path
    assert target.read_bytes() == b"x"


@pytest.mark.needs(FILE_NAMES)
@pytest.mark.parametrize("name", ["../../evil.txt", "/etc/evil.txt", "..", "..\\evil.txt"])
async def test_a_name_given_by_others_never_leaves_the_directory(keyed, file, name, tmp_path):
    await keyed.files.rename(file.id, name)
    place = tmp_path / "in" / "here"
    place.mkdir(parents=True)
    target = await keyed.files.download(file.id, place)
    assert target.parent == place
    assert [found for found in tmp_path.rglob("*") if found.is_file()] == [target]
    assert target.name == ("evil.txt" if "evil" in name else file.id)


async def test_a_download_goes_into_a_directory_or_to_a_path_and_replaces_nothing_unasked(keyed, file, tmp_path):
    first = await keyed.files.download(file.id, tmp_path)
    assert first == tmp_path / file.filename
    with pytest.raises(FileExistsError):
        await keyed.files.download(file.id, tmp_path)
    first.write_text("mine")
    await keyed.files.download(file.id, str(first), overwrite=True)
    await keyed.files.download(file.id, tmp_path / "other.txt")
    assert {found.read_text() for found in tmp_path.iterdir()} == {"The owl sleeps at noon."}
    with pytest.raises(NotFoundError):
        await keyed.files.download("no-such-file", tmp_path / "nothing.txt")
    assert not (tmp_path / "nothing.txt").exists()


async def test_a_large_file_comes_back_as_it_went(keyed, title, tmp_path):
    path = tmp_path / f"{title}.bin"
    path.write_bytes(bytes(range(256)) * 80_000)
    made = await keyed.files.upload(path, process=False)
    back = await keyed.files.download(made.id, tmp_path / "back.bin")
    assert back.read_bytes() == path.read_bytes()


async def test_every_file_comes_once_in_pages_and_without_its_text(make, server, title):
    somebody = server.create_user()
    async with make(somebody.token) as client:
        for number in range(52):
            await client.files.upload(b"x", name=f"{title} {number}.txt", process=False)
        names = [file.filename for file in await client.files.list()]
        assert names == [file.filename async for file in client.files.iter()]
        assert sorted(names) == sorted(f"{title} {number}.txt" for number in range(52))
        assert [len(await client.files.list(page=page)) for page in (1, 2, 3)] == [50, 2, 0]
        assert all("content" not in (file.data or {}) for file in await client.files.list())


async def test_files_are_found_by_name_and_by_pattern(keyed, title):
    for number in range(3):
        await keyed.files.upload(b"x", name=f"{title}_{number}.txt", process=False)
    for pattern, count in [(f"{title}_1.txt", 1), (f"{title.upper()}_?.TXT", 3), (f"{title}*", 3), (f"{title}%", 0)]:
        assert len([file async for file in keyed.files.search(pattern)]) == count


async def test_brackets_in_a_name_are_letters(keyed, title):
    made = await keyed.files.upload(b"x", name=f"{title} [1].txt", process=False)
    await keyed.files.upload(b"x", name=f"{title} 1.txt", process=False)
    assert [file.id async for file in keyed.files.search(f"{title} [1].*")] == [made.id]


async def test_a_search_gives_more_than_the_server_gives_at_once(make, server, title):
    somebody = server.create_user()
    async with make(somebody.token) as client:
        for number in range(101):
            await client.files.upload(b"x", name=f"{title} {number}.txt", process=False)
        assert len({file.id async for file in client.files.search("*")}) == 101


@pytest.mark.needs(FILE_NAMES)
async def test_a_renamed_file_keeps_its_bytes(keyed, file):
    assert (await keyed.files.rename(file.id, "new name.txt")).filename == "new name.txt"
    assert (await keyed.files.get(file.id)).filename == "new name.txt"
    assert await keyed.files.content(file.id) == b"The owl sleeps at noon."


async def test_new_text_replaces_the_old_and_leaves_the_bytes(keyed, file):
    assert await keyed.files.set_text(file.id, "The owl hunts at midnight.") == "The owl hunts at midnight."
    assert await keyed.files.text(file.id) == "The owl hunts at midnight."
    assert await keyed.files.content(file.id) == b"The owl sleeps at noon."
    assert await keyed.files.status(file.id) == "completed"


async def test_new_text_is_what_the_knowledge_bases_find(keyed, file, title):
    bases = [await keyed.knowledge.create(f"{title} {number}") for number in range(2)]
    for base in bases:
        await keyed.knowledge.add(base.id, file.id)
    await keyed.files.set_text(file.id, "The owl hunts at midnight.")
    for base in bases:
        hits = await keyed.knowledge.query(base.id, "The owl sleeps at noon.")
        assert [(hit.text, hit.file_id) for hit in hits] == [("The owl hunts at midnight.", file.id)]


async def test_the_text_of_somebody_else_s_file_is_changed_or_stays_whole(make, server, user, keyed, file, title):
    group = await keyed.groups.create(title)
    await keyed.groups.add_members(group.id, (await keyed.users.find(user.email)).id)
    base = await keyed.knowledge.create(title, access=[grant("group", group.id, right) for right in ("read", "write")])
    await keyed.knowledge.add(base.id, file.id)
    text = "The owl hunts at midnight."
    async with make(user.token) as client:
        if parse(server.version) < OTHERS_TEXTS.since:
            with pytest.raises(UnsupportedError, match=OTHERS_TEXTS.name):
                await client.files.set_text(file.id, text)
            text = "The owl sleeps at noon."
        else:
            await client.files.set_text(file.id, text)
        assert await client.files.text(file.id) == text
        assert [hit.text for hit in await client.knowledge.query(base.id, "owl")] == [text]


async def test_a_deleted_file_is_found_no_more_in_any_knowledge_base(keyed, file, title):
    bases = [await keyed.knowledge.create(f"{title} {number}") for number in range(2)]
    for base in bases:
        await keyed.knowledge.add(base.id, file.id)
    await keyed.files.delete(file.id)
    for base in bases:
        assert (await keyed.knowledge.query(base.id, "owl"), await keyed.knowledge.files(base.id)) == ([], [])


async def test_a_deleted_file_is_gone(keyed, file):
    await keyed.files.delete(file.id)
    for call in (keyed.files.get, keyed.files.delete, keyed.files.status, keyed.files.content, keyed.files.text):
        with pytest.raises(NotFoundError):
            await call(file.id)


async def test_an_upload_whose_answer_is_lost_is_found_again_and_stays_one_file(make, keyed, title):
    async with make(transport=Flaky(lose=nth(1, "POST", "/files/"))) as client:
        file = await client.files.upload(
            b"The owl sleeps at noon.", name=f'{title} "1".txt', metadata={"topic": "owls"}
        )
        assert (file.data["content"], file.meta["data"]["topic"]) == ("The owl sleeps at noon.", "owls")
    assert [found.id async for found in keyed.files.search(f"{title}*")] == [file.id]
    assert await keyed.files.content(file.id) == b"The owl sleeps at noon."


async def test_an_upload_that_never_arrived_is_not_taken_for_another_of_its_name(make, keyed, title):
    other = await keyed.files.upload(b"mine", name=f"{title}.txt")
    async with make(transport=Flaky(cut=nth(1, "POST", "/files/"))) as client:
        with pytest.raises(APIConnectionError, match="the connection broke"):
            await client.files.upload(b"mine", name=f"{title}.txt")
    assert [found.id async for found in keyed.files.search(f"{title}*")] == [other.id]


async def test_a_file_that_nobody_can_wait_for_does_not_stay(make, keyed, title):
    async with make(transport=Flaky(cut=nth(1, "GET", "/process/status")), max_retries=0) as client:
        with pytest.raises(APIConnectionError):
            await client.files.upload(b"mine", name=f"{title}.txt")
    assert [file async for file in keyed.files.search(f"{title}*")] == []


async def test_the_files_of_others_are_not_there(make, user, file, tmp_path):
    async with make(user.token) as client:
        for call in (
            lambda: client.files.get(file.id),
            lambda: client.files.status(file.id),
            lambda: client.files.wait_until_processed(file.id),
            lambda: client.files.content(file.id),
            lambda: client.files.download(file.id, tmp_path),
            lambda: client.files.text(file.id),
            lambda: client.files.set_text(file.id, "mine"),
            lambda: client.files.delete(file.id),
        ):
            with pytest.raises(NotFoundError, match="could not find what you're looking for"):
                await call()
        assert file.id not in [found.id for found in await client.files.list()]
        assert [found async for found in client.files.search(file.filename)] == []
    assert list(tmp_path.iterdir()) == []


async def test_a_file_that_others_tried_to_change_is_as_it_was(make, user, keyed, file):
    async with make(user.token) as client:
        for call in (
            lambda: client.files.set_text(file.id, "mine"),
            lambda: client.files.delete(file.id),
            lambda: client.files.delete_all(confirm=True),
        ):
            with pytest.raises((NotFoundError, PermissionDeniedError)):
                await call()
    now = await keyed.files.get(file.id)
    assert (now.filename, now.data["content"], now.hash) == (file.filename, file.data["content"], file.hash)
    assert await keyed.files.content(file.id) == b"The owl sleeps at noon."


async def test_a_file_in_a_knowledge_base_that_one_may_read_is_read_and_not_changed(make, user, keyed, file, title):
    base = await keyed.knowledge.create(title, access="public")
    await keyed.knowledge.add(base.id, file.id)
    async with make(user.token) as client:
        assert await client.files.text(file.id) == "The owl sleeps at noon."
        assert await client.files.content(file.id) == b"The owl sleeps at noon."
        for call in (
            lambda: client.files.set_text(file.id, "mine"),
            lambda: client.files.delete(file.id),
        ):
            with pytest.raises(NotFoundError, match="could not find what you're looking for"):
                await call()
    assert [found.filename for found in await keyed.knowledge.files(base.id)] == [file.filename]
    await keyed.knowledge.delete(base.id)


async def test_only_an_administrator_deletes_the_files_of_all(make, user):
    async with make(user.token) as client:
        with pytest.raises(PermissionDeniedError):
            await client.files.delete_all(confirm=True)


@pytest.mark.needs(FILE_NAMES)
async def test_the_files_of_others_are_not_renamed(make, user, keyed, file):
    async with make(user.token) as client:
        with pytest.raises(NotFoundError, match="could not find what you're looking for"):
            await client.files.rename(file.id, "mine.txt")
    assert (await keyed.files.get(file.id)).filename == file.filename


@pytest.fixture(scope="module")
def other():
    """A server whose files may all go."""
    with LocalServer(model="scripted") as running:
        yield running


@pytest.mark.newest("it needs a server of its own")
async def test_an_administrator_deletes_the_files_of_all(make, other):
    async with make(other.create_user().token, base_url=other.url) as client:
        made = await client.files.upload(b"x", name="theirs.txt", process=False)
    async with make(other.token, base_url=other.url) as admin:
        assert (await admin.files.get(made.id)).filename == "theirs.txt"
        await admin.files.delete_all(confirm=True)
        assert await admin.files.list() == []
        with pytest.raises(NotFoundError):
            await admin.files.get(made.id)


async def test_ones_files_are_counted(make, server, title):
    somebody = server.create_user()
    async with make(somebody.token) as client:
        assert await client.files.count() == 0
        for number in range(3):
            await client.files.upload(b"x", name=f"{title} {number}.txt", process=False)
        assert await client.files.count() == 3


async def test_a_user_without_rights_uploads_for_himself(make, user, title):
    async with make(user.token) as client:
        made = await client.files.upload(io.BytesIO(b"mine"), name=f"{title}.txt")
        assert [file.id async for file in client.files.search(f"{title}*")] == [made.id]
        await client.files.delete(made.id)


async def test_the_flat_name_waits_for_the_text(keyed, title, tmp_path):
    path = tmp_path / f"{title}.txt"
    path.write_text("flat")
    file = await keyed.upload_file(path)
    assert (file["filename"], file["data"]["content"]) == (path.name, "flat")
    assert json.dumps(file)
    keys = {"id", "user_id", "hash", "filename", "path", "data", "meta", "created_at", "updated_at"}
    assert (file.keys(), file["data"].keys()) == (keys, {"status", "content", "error"})
    assert file["meta"].keys() == {"name", "content_type", "size", "data", "file_hash", "collection_name"}
    assert file["meta"]["data"].keys() == {"client_upload_id"}
