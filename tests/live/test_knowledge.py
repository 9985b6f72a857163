import shutil

import anyio
import pytest

from openwebui_chat_client import (
    AmbiguousNameError,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
)
from openwebui_chat_client._server import GRANTS, KNOWLEDGE_EXPORT, USER_GRANTS, parse
from openwebui_chat_client.types import grant


@pytest.fixture
async def base(keyed, title):
    """A new knowledge base."""
    return await keyed.knowledge.create(title, "About owls")


@pytest.fixture
def paths(tmp_path):
    """Three files with different texts."""
    texts = {"owl.txt": "The owl sleeps at noon.", "cat.md": "The cat hunts mice.", "sun.txt": "The sun is a star."}
    for name, words in texts.items():
        (tmp_path / name).write_text(words)
    return [tmp_path / name for name in texts]


@pytest.fixture
async def librarian(server, keyed):
    """A new user who may make knowledge bases."""
    somebody = server.create_user()
    group = {
        "name": f"Librarians {somebody.email}",
        "description": "",
        "permissions": {"workspace": {"knowledge": True}},
    }
    made = await keyed.request("POST", "/api/v1/groups/create", json=group)
    users = await keyed.request("GET", "/api/v1/users/", params={"query": somebody.email})
    members = {"user_ids": [users["users"][0]["id"]]}
    await keyed.request("POST", f"/api/v1/groups/id/{made['id']}/users/add", json=members)
    yield somebody
    await keyed.request("DELETE", f"/api/v1/groups/id/{made['id']}/delete")


async def names(client, base):
    return sorted([file.full_name async for file in client.knowledge.iter_files(base.id)])


def mine(listed):
    """Names of those that one may change: other tests make some that all may read."""
    return [one.name for one in listed if one.write_access]


async def test_a_knowledge_base_is_made_found_changed_and_deleted(keyed, title):
    made = await keyed.knowledge.create(title, "About owls")
    assert (made.name, made.description, made.access_grants) == (title, "About owls", [])
    assert made.created.utcoffset().total_seconds() == 0
    assert (await keyed.knowledge.find(title)).id == made.id
    assert await keyed.knowledge.find(title.upper()) is None
    await keyed.knowledge.update(made.id, description="About cats")
    await keyed.knowledge.update(made.id, name=f"{title} 2")
    changed = await keyed.knowledge.get(made.id)
    assert (changed.name, changed.description) == (f"{title} 2", "About cats")
    assert changed.updated >= changed.created
    await keyed.knowledge.delete(made.id)
    for call in (keyed.knowledge.get, keyed.knowledge.delete, keyed.knowledge.reset, keyed.knowledge.files):
        with pytest.raises(NotFoundError):
            await call(made.id)
    assert await keyed.knowledge.find(f"{title} 2") is None


@pytest.mark.parametrize(
    "odd", ["100%_a", "C:\\new\\x", "ÜBUNG", "'quoted\" <b>", "日本", "  padded  and   wide ", "\\"]
)
async def test_a_knowledge_base_is_found_whatever_its_name_looks_like(keyed, title, odd):
    name = f"{odd}{title}{odd}"
    made = await keyed.knowledge.create(name)
    assert (await keyed.knowledge.find(name)).id == made.id
    await keyed.knowledge.delete(made.id)


async def test_two_of_one_name_are_ambiguous(keyed, base, title):
    other = await keyed.knowledge.create(title)
    with pytest.raises(AmbiguousNameError, match="2 knowledge bases") as caught:
        await keyed.get_knowledge_base_by_name(title)
    assert {match["id"] for match in caught.value.matches} == {base.id, other.id}


async def test_ones_own_knowledge_base_goes_before_those_of_others(make, librarian, keyed, title):
    mine = await keyed.knowledge.create(title)
    async with make(librarian.token) as client:
        theirs = await client.knowledge.create(title)
        assert (await client.knowledge.find(title)).id == theirs.id
        await keyed.knowledge.set_access(mine.id, "public")
        assert (await client.knowledge.find(title)).id == theirs.id
    assert (await keyed.knowledge.find(title)).id == mine.id


async def test_knowledge_bases_are_found_by_their_owners(make, librarian, keyed, title):
    async with make(librarian.token) as client:
        made = await client.knowledge.create(title)
        assert [one.id async for one in client.knowledge.search(librarian.email.upper(), own=True)] == [made.id]
    assert [one.id async for one in keyed.knowledge.search(librarian.email)] == [made.id]
    assert [one.id async for one in keyed.knowledge.search(librarian.email, own=True)] == []


async def test_an_administrator_may_change_and_delete_those_of_others(make, librarian, keyed, title):
    async with make(librarian.token) as client:
        made = await client.knowledge.create(title)
    assert (await keyed.knowledge.find(title)).write_access is True
    assert (await keyed.knowledge.get(made.id)).write_access is True
    assert await keyed.delete_knowledge_bases_by_keyword(title) == (1, 0, [title])


async def test_several_at_once_who_need_a_name_make_one(keyed, title):
    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(keyed.knowledge.ensure, title)
    async with keyed.knowledge.search(title) as found:
        assert len([knowledge async for knowledge in found]) == 1


async def test_many_are_made_with_their_files_and_deleted_by_a_word_in_their_names(keyed, title, paths, tmp_path):
    (tmp_path / "bad.txt").write_text(" \n")
    wanted = [
        {"name": f"{title} A", "description": "About owls", "files": paths[:2]},
        {"name": f"{title} B", "files": [paths[2], tmp_path / "bad.txt"]},
        {"name": f"{title} C"},
    ]
    report = await keyed.knowledge.create_all(wanted)
    assert [(one.name, one.description) for one in report.succeeded] == [
        (f"{title} A", "About owls"),
        (f"{title} C", ""),
    ]
    assert [(one.item, "bad.txt" in one.error) for one in report.failed] == [(f"{title} B", True)]
    assert (await keyed.knowledge.ensure(f"{title} C")).id == report.succeeded[1].id
    held = {one.name: await names(keyed, one) async for one in keyed.knowledge.search(title)}
    assert held == {f"{title} A": ["cat.md", "owl.txt"], f"{title} B": ["sun.txt"], f"{title} C": []}
    gone = await keyed.knowledge.delete_by_keyword(title.upper())
    assert (sorted(one.name for one in gone.succeeded), gone.failed) == ([f"{title} {letter}" for letter in "ABC"], [])
    assert [one async for one in keyed.knowledge.search(title)] == []


async def test_every_knowledge_base_comes_once_in_pages_of_thirty(make, librarian, title):
    async with make(librarian.token) as client:
        for number in range(31):
            await client.knowledge.create(f"{title} {number}")
        listed = await client.knowledge.list()
        assert sorted(mine(listed)) == sorted(f"{title} {number}" for number in range(31))
        assert [one.id async for one in client.knowledge.iter()] == [one.id for one in listed]
        assert len({one.id for one in listed}) == len(listed)
        assert len(await client.knowledge.list(page=1)) == 30
        assert await client.knowledge.list(page=10_000) == []
        assert len([one async for one in client.knowledge.search(title)]) == 31


async def test_access_is_given_and_taken_back(make, server, keyed, base, paths):
    await keyed.knowledge.upload(base.id, paths[0])
    async with make(server.create_user().token) as client:
        with pytest.raises(PermissionDeniedError):
            await client.knowledge.get(base.id)
        await keyed.knowledge.set_access(base.id, "public")
        seen = await client.knowledge.find(base.name)
        assert (seen.id, seen.write_access) == (base.id, False)
        assert "owl" in (await client.knowledge.query(base.id, "Where does the owl sleep?"))[0].text
        with pytest.raises(PermissionDeniedError, match="permission"):
            await client.knowledge.delete(base.id)
        await keyed.knowledge.set_access(base.id, "private")
        assert await client.knowledge.find(base.name) is None
        with pytest.raises(PermissionDeniedError):
            await client.knowledge.query(base.id, "Where does the owl sleep?")
    assert await names(keyed, base) == ["owl.txt"]


async def test_who_may_not_share_with_everybody_is_told_so_and_shares_nothing(make, librarian, title):
    async with make(librarian.token) as client:
        base = await client.knowledge.create(title)
        for call in (
            lambda: client.knowledge.set_access(base.id, "public"),
            lambda: client.knowledge.create(f"{title} 2", access="public"),
        ):
            with pytest.raises(PermissionDeniedError):
                await call()
        assert (await client.knowledge.get(base.id)).access_grants == []
        assert await client.knowledge.find(f"{title} 2") is None


@pytest.mark.needs(USER_GRANTS)
async def test_a_single_user_may_be_given_access_and_finds_it(make, server, keyed, base):
    somebody = server.create_user()
    await keyed.knowledge.set_access(base.id, [grant("user", (await keyed.users.find(somebody.email)).id)])
    async with make(somebody.token) as client:
        assert (await client.knowledge.find(base.name)).write_access is False


async def test_an_update_leaves_a_public_knowledge_base_public_or_as_it_was(make, server, librarian, keyed, title):
    async with make(librarian.token) as client:
        base = await client.knowledge.create(title)
        await keyed.knowledge.set_access(base.id, "public")
        if parse(server.version) < GRANTS.since:
            with pytest.raises(PermissionDeniedError):
                await client.knowledge.update(base.id, description="new")
        else:
            await client.knowledge.update(base.id, description="new")
        now = [
            (one["principal_type"], one["principal_id"]) for one in (await client.knowledge.get(base.id)).access_grants
        ]
        assert now == [("user", "*")]


async def test_a_user_without_the_right_makes_none_and_is_told_so(make, server, title):
    async with make(server.create_user().token) as client:
        with pytest.raises(PermissionDeniedError, match="lacks a permission"):
            await client.knowledge.create(title)
        assert await client.knowledge.find(title) is None
    async with make("sk-" + "0" * 32) as client:
        with pytest.raises(AuthenticationError):
            await client.knowledge.create(title)


async def test_files_go_in_are_found_by_meaning_and_come_out(keyed, base, paths):
    report = await keyed.knowledge.upload_all(base.id, paths)
    assert [file.filename for file in report.succeeded] == [path.name for path in paths]
    assert report.failed == []
    assert await names(keyed, base) == ["cat.md", "owl.txt", "sun.txt"]
    nearest, *_ = hits = await keyed.knowledge.query(base.id, "The owl sleeps at noon.", limit=2)
    assert len(hits) == 2
    assert (nearest.text, nearest.file_name) == ("The owl sleeps at noon.", "owl.txt")
    assert nearest.file_id == report.succeeded[0].id
    assert nearest.distance >= hits[1].distance > 0
    await keyed.knowledge.remove(base.id, nearest.file_id)
    assert await names(keyed, base) == ["cat.md", "sun.txt"]
    assert (await keyed.files.get(nearest.file_id)).filename == "owl.txt"
    assert "owl" not in (await keyed.knowledge.query(base.id, "The owl sleeps at noon."))[0].text
    await keyed.knowledge.add(base.id, nearest.file_id)
    await keyed.knowledge.remove(base.id, nearest.file_id, delete_file=True)
    with pytest.raises(NotFoundError):
        await keyed.files.get(nearest.file_id)
    with pytest.raises(NotFoundError):
        await keyed.knowledge.remove(base.id, nearest.file_id)


async def test_a_query_asks_several_knowledge_bases_and_names_one_that_is_not_there(keyed, base, paths, title):
    other = await keyed.knowledge.create(f"{title} other")
    assert await keyed.knowledge.query([base.id, other.id], "anything") == []
    await keyed.knowledge.upload(base.id, paths[0])
    await keyed.knowledge.upload(other.id, paths[1])
    found = await keyed.knowledge.query([base.id, other.id], "The owl sleeps, the cat hunts.")
    assert {hit.file_name for hit in found} == {"owl.txt", "cat.md"}
    for ids in ("no-such-base", [base.id, "no-such-base"]):
        with pytest.raises(NotFoundError):
            await keyed.knowledge.query(ids, "The owl sleeps, the cat hunts.")


async def test_the_same_text_goes_in_once_and_the_second_does_not_stay(keyed, base, paths, tmp_path):
    (tmp_path / "copy.txt").write_text(paths[0].read_text())
    await keyed.knowledge.upload(base.id, paths[0])
    with pytest.raises(BadRequestError, match="Duplicate content"):
        await keyed.knowledge.upload(base.id, tmp_path / "copy.txt", name=f"copy of {base.name}.txt")
    assert await names(keyed, base) == ["owl.txt"]
    assert [file async for file in keyed.files.search(f"copy of {base.name}*")] == []


async def test_what_another_knowledge_base_holds_survives_a_reset(keyed, base, paths, title):
    other = await keyed.knowledge.create(f"{title} other")
    both = await keyed.knowledge.upload(base.id, paths[0])
    await keyed.knowledge.upload(base.id, paths[1])
    await keyed.knowledge.add(other.id, both.id)
    await keyed.knowledge.reset(base.id)
    assert (await names(keyed, base), await names(keyed, other)) == ([], ["owl.txt"])
    assert (await keyed.files.get(both.id)).filename == "owl.txt"
    assert [hit.text for hit in await keyed.knowledge.query(other.id, "owl")] == ["The owl sleeps at noon."]


async def test_a_file_that_is_deleted_with_its_entry_is_found_nowhere(keyed, base, paths, title):
    other = await keyed.knowledge.create(f"{title} other")
    file = await keyed.knowledge.upload(base.id, paths[0])
    await keyed.knowledge.add(other.id, file.id)
    await keyed.knowledge.remove(base.id, file.id, delete_file=True)
    for one in (base, other):
        assert (await keyed.knowledge.query(one.id, "owl"), await names(keyed, one)) == ([], [])
    with pytest.raises(NotFoundError):
        await keyed.files.get(file.id)


async def test_who_may_write_takes_the_files_of_others_out_and_deletes_none(make, server, keyed, base, paths):
    somebody = server.create_user()
    group = await keyed.groups.create(f"Writers {base.name}")
    await keyed.groups.add_members(group.id, (await keyed.users.find(somebody.email)).id)
    await keyed.knowledge.set_access(base.id, [grant("group", group.id, right) for right in ("read", "write")])
    one, two = [await keyed.knowledge.upload(base.id, path) for path in paths[:2]]
    async with make(somebody.token) as client:
        await client.knowledge.remove(base.id, one.id, delete_file=True)
        assert await names(client, base) == ["cat.md"]
        await client.knowledge.reset(base.id)
    assert await names(keyed, base) == []
    assert [(await keyed.files.get(file.id)).filename for file in (one, two)] == ["owl.txt", "cat.md"]


async def test_what_is_not_in_a_knowledge_base_is_neither_taken_out_nor_indexed(keyed, base, paths):
    loose = await keyed.files.upload(paths[0])
    for call in (
        lambda: keyed.knowledge.remove(base.id, loose.id, delete_file=True),
        lambda: keyed.knowledge.remove(base.id, loose.id),
        lambda: keyed.knowledge.refresh(base.id, loose.id),
    ):
        with pytest.raises(NotFoundError):
            await call()
    assert await keyed.files.text(loose.id) == "The owl sleeps at noon."
    assert await keyed.knowledge.query(base.id, "owl") == []


async def test_a_file_may_be_added_again_and_is_in_once(keyed, base, paths):
    file = await keyed.knowledge.upload(base.id, paths[0])
    again = await keyed.knowledge.add(base.id, file.id)
    assert [one["id"] for one in again["files"]] == [file.id]
    assert await keyed.files.status(file.id) == "completed"
    assert [hit.text for hit in await keyed.knowledge.query(base.id, "owl")] == ["The owl sleeps at noon."]


async def test_a_reset_empties_and_keeps_the_knowledge_base(keyed, base, paths):
    file = await keyed.knowledge.upload(base.id, paths[0])
    assert (await keyed.knowledge.reset(base.id)).id == base.id
    assert await names(keyed, base) == []
    assert await keyed.knowledge.query(base.id, "owl") == []
    with pytest.raises(NotFoundError):
        await keyed.files.get(file.id)


async def test_files_are_searched_through_all_knowledge_bases(keyed, base, title):
    await keyed.knowledge.upload(base.id, f"About {title}".encode(), name=f"{title}.txt")
    async with keyed.knowledge.search_files(title.upper()) as found:
        [file] = [file async for file in found]
    assert (file.filename, file["collection"]["id"], file["collection"]["name"]) == (f"{title}.txt", base.id, title)
    assert (file.directory_id, file.directory_path, file.full_name, file.data) == (None, "", f"{title}.txt", None)
    [same] = await keyed.knowledge.files(base.id)
    assert {**same, "collection": file["collection"]} == file


@pytest.mark.needs(KNOWLEDGE_EXPORT)
async def test_an_export_is_a_zip_file_with_the_texts(make, server, keyed, base, paths, tmp_path):
    import zipfile

    await keyed.knowledge.upload_all(base.id, paths)
    target = await keyed.knowledge.export(base.id, tmp_path)
    with zipfile.ZipFile(target) as archive:
        assert archive.read("owl.txt") == b"The owl sleeps at noon."
        assert len(archive.namelist()) == 3
    async with make(server.create_user().token) as client:
        with pytest.raises(PermissionDeniedError):
            await client.knowledge.export(base.id, tmp_path / "other.zip")


async def test_a_directory_and_a_knowledge_base_become_the_same(keyed, base, paths, tmp_path):
    folder = tmp_path / "docs"
    (folder / "sub" / "deep").mkdir(parents=True)
    for path in paths:
        path.rename(folder / path.name)
    (folder / "sub" / "deep" / "far.txt").write_text("A file far down.")
    (folder / "debug.log").write_text("not this")
    (folder / "empty.txt").touch()
    await keyed.knowledge.upload(base.id, b"What nobody has any more.", name="stale.txt")

    plan = await keyed.knowledge.sync(base.id, folder, ignore="*.log", dry_run=True)
    files = ["cat.md", "owl.txt", "sub/deep/far.txt", "sun.txt"]
    assert (plan.dry_run, plan.added, plan.deleted) == (True, files, ["stale.txt"])
    assert await names(keyed, base) == ["stale.txt"]

    report = await keyed.knowledge.sync(base.id, folder, ignore="*.log")
    assert report == {**plan, "dry_run": False}
    assert [failure.item for failure in report.skipped] == ["empty.txt"]
    assert await names(keyed, base) == files

    before = {file.full_name: file.id async for file in keyed.knowledge.iter_files(base.id)}
    (folder / "owl.txt").write_text("The owl moved to the forest.")
    (folder / "sun.txt").rename(folder / "sub" / "star.txt")
    shutil.rmtree(folder / "sub" / "deep")
    again = await keyed.knowledge.sync(base.id, folder, ignore="*.log")
    assert (again.added, again.changed, again.unchanged) == (["sub/star.txt"], ["owl.txt"], 1)
    assert again.deleted == ["sub/deep/far.txt", "sun.txt"]
    assert again.failed == []
    assert await names(keyed, base) == ["cat.md", "owl.txt", "sub/star.txt"]
    after = {file.full_name: file.id async for file in keyed.knowledge.iter_files(base.id)}
    assert after["cat.md"] == before["cat.md"]
    for gone in ("owl.txt", "sun.txt", "sub/deep/far.txt"):
        with pytest.raises(NotFoundError):
            await keyed.files.get(before[gone])
    for words, name in [("The owl moved to the forest.", "owl.txt"), ("The sun is a star.", "star.txt")]:
        assert (await keyed.knowledge.query(base.id, words))[0].file_name == name

    once_more = await keyed.knowledge.sync(base.id, folder, ignore="*.log")
    assert (once_more.added, once_more.changed, once_more.deleted, once_more.unchanged) == ([], [], [], 3)


async def test_two_files_that_swap_their_texts_are_both_found_afterwards(keyed, base, paths, tmp_path):
    await keyed.knowledge.sync(base.id, tmp_path)
    owl, cat = paths[0].read_text(), paths[1].read_text()
    paths[0].write_text(cat)
    paths[1].write_text(owl)
    report = await keyed.knowledge.sync(base.id, tmp_path)
    assert (report.changed, report.failed) == (["cat.md", "owl.txt"], [])
    assert (await keyed.knowledge.query(base.id, owl))[0].file_name == "cat.md"
    assert (await keyed.knowledge.query(base.id, cat))[0].file_name == "owl.txt"


async def test_a_new_version_that_cannot_be_read_leaves_the_old_one_in_place(keyed, base, paths, tmp_path):
    await keyed.knowledge.sync(base.id, tmp_path)
    paths[0].write_text("  \n")
    report = await keyed.knowledge.sync(base.id, tmp_path)
    assert ([failure.item for failure in report.failed], report.changed) == (["owl.txt"], [])
    assert (await keyed.knowledge.query(base.id, "The owl sleeps at noon."))[0].file_name == "owl.txt"
    assert await names(keyed, base) == ["cat.md", "owl.txt", "sun.txt"]


async def test_only_who_may_write_syncs(make, server, keyed, base, paths, tmp_path):
    await keyed.knowledge.set_access(base.id, "public")
    async with make(server.create_user().token) as client:
        with pytest.raises(PermissionDeniedError):
            await client.knowledge.sync(base.id, tmp_path)
        with pytest.raises(PermissionDeniedError, match="permission"):
            await client.knowledge.upload(base.id, paths[0])
        assert await client.files.list() == []
    assert await names(keyed, base) == []


async def test_the_original_s_calls_work_as_its_readme_says(make, librarian, title, paths):
    async with make(librarian.token) as client:
        made = await client.create_knowledge_base(title, "About owls")
        assert {"id", "name", "description", "created_at", "updated_at"} <= made.keys()
        found = await client.get_knowledge_base_by_name(title)
        assert found["id"] == made["id"]
        keys = {"id", "user_id", "name", "description", "meta", "access_grants", "created_at", "updated_at"}
        assert (made.keys(), found.keys()) == (keys | {"files"}, keys | {"user", "write_access", "file_count"})
        assert await client.get_knowledge_base_by_name(f"{title} 2") is None
        assert await client.add_file_to_knowledge_base(made["id"], paths[0]) is True
        assert await client.add_file_to_knowledge_base(str(paths[1]), title) is True
        assert await client.add_file_to_knowledge_base(str(paths[1]), f"{title} 2") is True
        assert await names(client, made) == ["cat.md", "owl.txt"]
        assert (await client.get_knowledge_base_by_name(title))["file_count"] == 2
        assert await names(client, await client.get_knowledge_base_by_name(f"{title} 2")) == ["cat.md"]
        with pytest.raises(NotFoundError):
            await client.add_file_to_knowledge_base("no-such-base", paths[0])
        assert await client.delete_knowledge_base(made["id"]) is True
        with pytest.raises(NotFoundError):
            await client.delete_knowledge_base(made["id"])


async def test_the_original_s_bulk_calls_report_what_the_server_did(make, librarian, title, paths, tmp_path):
    (tmp_path / "bad.txt").write_text(" \n")
    async with make(librarian.token) as client:
        wanted = {f"{title} A": paths[:2], f"{title} B": [paths[2], tmp_path / "bad.txt"], f"{title} c": str(paths[0])}
        report = await client.create_knowledge_bases_with_files(wanted)
        assert report["success"] == [f"{title} A", f"{title} c"]
        assert "bad.txt" in report["failed"][f"{title} B"]
        held = {one.name: await names(client, one) for one in await client.knowledge.list() if one.write_access}
        assert held == {f"{title} A": ["cat.md", "owl.txt"], f"{title} B": ["sun.txt"], f"{title} c": ["owl.txt"]}
        assert await client.delete_knowledge_bases_by_keyword(f"{title} C", case_sensitive=True) == (0, 0, [])
        assert await client.delete_knowledge_bases_by_keyword(f"{title} C") == (1, 0, [f"{title} c"])
        deleted, failed = await client.delete_all_knowledge_bases()
        assert (deleted, failed) == (2, 0)
        assert mine(await client.knowledge.list()) == []


async def test_deleting_all_spares_what_one_may_only_read(make, librarian, keyed, base, title):
    await keyed.knowledge.set_access(base.id, "public")
    async with make(librarian.token) as client:
        await client.knowledge.create(f"{title} mine")
        assert {one.name for one in await client.knowledge.list()} >= {base.name, f"{title} mine"}
        report = await client.knowledge.delete_all(confirm=True)
        assert [one.name for one in report.succeeded] == [f"{title} mine"]
        assert report.failed == []
    assert (await keyed.knowledge.get(base.id)).name == base.name
