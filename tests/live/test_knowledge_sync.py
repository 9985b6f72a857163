from contextlib import asynccontextmanager

import pytest

from flaky import Flaky, nth
from openwebui_chat_client import OpenWebUIClient

OWL, FOREST, CAT = "The owl sleeps at noon.", "The owl moved to the forest.", "The cat hunts mice."


@pytest.fixture
async def base(keyed, title):
    """A knowledge base that holds the same as the directory."""
    return await keyed.knowledge.create(title)


@pytest.fixture
def folder(tmp_path):
    """A directory with two files, one of them further down."""
    folder = tmp_path / "docs"
    (folder / "sub").mkdir(parents=True)
    (folder / "owl.txt").write_text(OWL)
    (folder / "sub" / "cat.txt").write_text(CAT)
    return folder


@pytest.fixture
async def synced(keyed, base, folder):
    """The knowledge base, holding the same as the directory."""
    await keyed.knowledge.sync(base.id, folder)
    return base


@asynccontextmanager
async def embeddings(client):
    """A function that breaks the server's embeddings with the client it gets; they are mended afterwards."""
    before = await client.request("GET", "/api/v1/retrieval/embedding")
    broken = {**before, "openai_config": {**before["openai_config"], "url": "http://127.0.0.1:9/v1"}}
    update = ("POST", "/api/v1/retrieval/embedding/update")
    try:
        yield lambda admin: admin.request(*update, json=broken)
    finally:
        await client.request(*update, json=before)


async def texts(client, base):
    """The name of each file in the knowledge base with its text, and every text that is found."""
    files = [(file.filename, await client.files.text(file.id)) for file in await client.knowledge.files(base.id)]
    return sorted(files), sorted(hit.text for hit in await client.knowledge.query(base.id, "owl", limit=10))


async def test_a_new_version_that_does_not_get_in_leaves_the_former_one_to_be_found(server, keyed, synced, folder):
    (folder / "owl.txt").write_text(FOREST)
    (folder / "new.txt").write_text("Something new.")
    before = {file.id for file in await keyed.files.list()}
    async with embeddings(keyed) as broken:

        def break_when_all_are_uploaded(done, total):
            if done == total // 2:
                with OpenWebUIClient(server.url, server.token, "echo") as admin:
                    broken(admin)

        report = await keyed.knowledge.sync(synced.id, folder, progress=break_when_all_are_uploaded)
    assert (report.added, report.changed, report.deleted) == ([], [], [])
    assert [failure.item for failure in report.failed] == ["new.txt", "owl.txt"]
    assert all("/file/add: 400" in failure.error for failure in report.failed)
    assert await texts(keyed, synced) == ([("cat.txt", CAT), ("owl.txt", OWL)], [CAT, OWL])
    assert {file.id for file in await keyed.files.list()} == before

    report = await keyed.knowledge.sync(synced.id, folder)
    assert (report.added, report.changed, report.failed) == (["new.txt"], ["owl.txt"], [])
    held = [("cat.txt", CAT), ("new.txt", "Something new."), ("owl.txt", FOREST)]
    assert await texts(keyed, synced) == (held, ["Something new.", CAT, FOREST])


async def test_a_file_that_made_room_comes_back_when_its_place_stays_empty(make, keyed, synced, folder):
    (folder / "owl.txt").rename(folder / "sub" / "night.txt")
    network = Flaky(cut=nth(2, "POST", "/file/add"))
    async with make(transport=network) as client:
        report = await client.knowledge.sync(synced.id, folder)
    assert (report.added, report.deleted) == ([], [])
    assert [failure.item for failure in report.failed] == ["sub/night.txt"]
    assert await texts(keyed, synced) == ([("cat.txt", CAT), ("owl.txt", OWL)], [CAT, OWL])

    report = await keyed.knowledge.sync(synced.id, folder)
    assert (report.added, report.deleted, report.failed) == (["sub/night.txt"], ["owl.txt"], [])
    assert await texts(keyed, synced) == ([("cat.txt", CAT), ("night.txt", OWL)], [CAT, OWL])


async def test_a_lost_answer_leaves_one_version_and_the_next_sync_brings_the_other(make, keyed, synced, folder):
    (folder / "owl.txt").write_text(FOREST)
    async with make(transport=Flaky(lose=nth(1, "POST", "/file/add"))) as client:
        report = await client.knowledge.sync(synced.id, folder)
    assert [failure.item for failure in report.failed] == ["owl.txt"]
    assert await texts(keyed, synced) == ([("cat.txt", CAT), ("owl.txt", OWL)], [CAT, OWL])
    assert (await keyed.knowledge.sync(synced.id, folder)).changed == ["owl.txt"]
    assert await texts(keyed, synced) == ([("cat.txt", CAT), ("owl.txt", FOREST)], [CAT, FOREST])


async def test_of_two_versions_that_an_interrupted_sync_left_the_next_one_keeps_the_directory_s(keyed, synced, folder):
    (folder / "owl.txt").write_text(FOREST)
    newer = await keyed.files.upload(folder / "owl.txt")
    await keyed.knowledge.add(synced.id, newer.id)
    assert len(await keyed.knowledge.files(synced.id)) == 3

    report = await keyed.knowledge.sync(synced.id, folder)
    assert report.failed == []
    assert await texts(keyed, synced) == ([("cat.txt", CAT), ("owl.txt", FOREST)], [CAT, FOREST])
    again = await keyed.knowledge.sync(synced.id, folder, dry_run=True)
    assert (again.added, again.changed, again.deleted, again.unchanged) == ([], [], [], 2)


async def test_a_file_with_other_bytes_and_the_same_text_takes_the_place_of_its_former_self(keyed, synced, folder):
    (folder / "owl.txt").write_bytes(b"\xef\xbb\xbf" + OWL.encode())
    report = await keyed.knowledge.sync(synced.id, folder)
    assert (report.changed, report.failed) == (["owl.txt"], [])
    assert len(await keyed.knowledge.files(synced.id)) == 2
    assert (await keyed.knowledge.sync(synced.id, folder, dry_run=True)).unchanged == 2


async def test_what_another_knowledge_base_holds_is_not_deleted(keyed, synced, folder, title):
    other = await keyed.knowledge.create(f"{title} other")
    await keyed.knowledge.set_access(other.id, "public")
    [owl] = [file for file in await keyed.knowledge.files(synced.id) if file.filename == "owl.txt"]
    await keyed.knowledge.add(other.id, owl.id)
    (folder / "owl.txt").unlink()
    assert (await keyed.knowledge.sync(synced.id, folder)).deleted == ["owl.txt"]
    assert await texts(keyed, synced) == ([("cat.txt", CAT)], [CAT])
    assert await texts(keyed, other) == ([("owl.txt", OWL)], [OWL])
    await keyed.knowledge.delete(other.id)
