import uuid

import pytest

from openwebui_chat_client import BadRequestError, ConflictError, NotFoundError, OpenWebUIClient, PermissionDeniedError

TEXT = "# Brewing\nBoil the water first."
FILES = {"data/times.csv": "tea,3\n", "pictures/cup.png": b"\x89PNG\x00\xff"}


@pytest.fixture(autouse=True)
def _no_skill_stays(server):
    """The server tells every model of the skills that there are: other tests would hear of them."""
    yield
    with OpenWebUIClient(server.url, server.token) as admin:
        for skill in admin.skills.list():
            admin.skills.delete(skill.id)


@pytest.fixture
def skill_id() -> str:
    return f"skill-{uuid.uuid4().hex}"


@pytest.fixture
async def skill(keyed, skill_id):
    return await keyed.skills.create(skill_id, skill_id, TEXT, description="Tea", files=FILES, tags=["drinks"])


async def test_a_skill_is_kept_with_its_files_and_works_at_once(keyed, skill_id):
    await keyed.skills.create(skill_id, f"Name {skill_id}", TEXT, description="Tea", files=FILES, tags="drinks")
    found = await keyed.skills.get(skill_id)
    assert (found.name, found.description, found.content) == (f"Name {skill_id}", "Tea", TEXT)
    assert (found.tags, found.is_active, found.access_grants, found.write_access) == (["drinks"], True, [], True)
    assert found.updated >= found.created
    assert [(file.path, file.size) for file in await keyed.skills.files(skill_id)] == [
        ("SKILL.md", len(TEXT)),
        ("data/times.csv", 6),
        ("pictures/cup.png", 6),
    ]
    assert await keyed.skills.read_file(skill_id, "pictures/cup.png") == FILES["pictures/cup.png"]
    assert await keyed.skills.read_file(skill_id, "SKILL.md") == TEXT.encode()
    with pytest.raises(NotFoundError):
        await keyed.skills.read_file(skill_id, "none")


async def test_lists_and_searches_name_it_without_its_content(keyed, skill):
    listed = next(one for one in await keyed.skills.list() if one.id == skill.id)
    assert (listed.content, listed.tags) == (None, ["drinks"])
    assert [one.id async for one in keyed.skills.search(skill.id)] == [skill.id]
    assert skill.id in [one.id async for one in keyed.skills.search()]


async def test_an_update_changes_what_is_given_and_nothing_else(keyed, skill):
    await keyed.skills.set_access(skill.id, "public")
    await keyed.skills.disable(skill.id)
    await keyed.skills.update(skill.id, content="New")
    await keyed.skills.update(skill.id, tags=[], description="")
    found = await keyed.skills.get(skill.id)
    assert (found.name, found.content, found.description, found.tags) == (skill.name, "New", "", [])
    assert (found.is_active, len(found.access_grants)) == (False, 1)
    assert len(await keyed.skills.files(skill.id)) == 3
    await keyed.skills.update(skill.id, files={"one.txt": "1"}, name=f"{skill.name} 2")
    assert [file.path for file in await keyed.skills.files(skill.id)] == ["SKILL.md", "one.txt"]
    await keyed.skills.update(skill.id, files={}, content="Alone")
    assert [file.path for file in await keyed.skills.files(skill.id)] == ["SKILL.md"]
    found = await keyed.skills.get(skill.id)
    assert (found.name, found.content) == (f"{skill.name} 2", "Alone")


async def test_switching_says_what_it_shall_be(keyed, skill):
    for _ in range(2):
        assert (await keyed.skills.disable(skill.id)).is_active is False
    for _ in range(2):
        assert (await keyed.skills.enable(skill.id)).is_active is True
    assert (await keyed.skills.get(skill.id)).is_active is True


async def test_an_id_or_a_name_that_is_taken_is_a_conflict(keyed, skill, skill_id):
    with pytest.raises(ConflictError):
        await keyed.skills.create(skill.id, "Other", TEXT)
    with pytest.raises(ConflictError):
        await keyed.skills.create(f"{skill_id}-2", skill.name, TEXT)


async def test_former_versions_are_listed_read_restored_and_forgotten(keyed, skill):
    await keyed.skills.update(skill.id, content="Second", message="second")
    newest, oldest = await keyed.skills.history(skill.id)
    assert (newest.commit_message, newest.parent_id, oldest.id) == ("second", skill.version_id, skill.version_id)
    assert (await keyed.skills.get_version(skill.id, oldest.id)).snapshot["content"] == TEXT
    with pytest.raises(BadRequestError):
        await keyed.skills.delete_version(skill.id, newest.id)
    assert (await keyed.skills.restore(skill.id, oldest.id)).content == TEXT
    await keyed.skills.delete_version(skill.id, newest.id)
    assert [version.id for version in await keyed.skills.history(skill.id)] == [oldest.id]


async def test_a_skill_is_gone_once_deleted(keyed, skill):
    await keyed.skills.delete(skill.id)
    for call in (keyed.skills.get, keyed.skills.delete, keyed.skills.enable, keyed.skills.files, keyed.skills.history):
        with pytest.raises(NotFoundError):
            await call(skill.id)
    with pytest.raises(NotFoundError):
        await keyed.skills.update(skill.id, name="x")


async def test_what_is_exported_can_be_imported_and_replaces_only_when_told(keyed, skill):
    exported = next(one for one in await keyed.skills.export() if one["id"] == skill.id)
    report = await keyed.skills.import_([exported])
    assert (report.succeeded, [failure.item for failure in report.failed]) == ([], [skill.id])
    await keyed.skills.delete(skill.id)
    assert (await keyed.skills.import_([exported])).succeeded == [skill.id]
    assert len(await keyed.skills.files(skill.id)) == 3
    await keyed.skills.update(skill.id, content="Changed")
    assert (await keyed.skills.import_([exported], replace=True)).failed == []
    found = await keyed.skills.get(skill.id)
    assert (found.content, found.tags, found.description) == (TEXT, ["drinks"], "Tea")


async def test_a_user_uses_what_is_shared_and_changes_nothing(keyed, make, server, skill, skill_id):
    async with make(server.create_user().token) as other:
        with pytest.raises(PermissionDeniedError):
            await other.skills.get(skill.id)
        await keyed.skills.set_access(skill.id, "public")
        found = await other.skills.get(skill.id)
        assert (found.content, found.write_access) == (TEXT, False)
        assert skill.id in [one.id for one in await other.skills.list()]
        for call in (
            other.skills.create(f"{skill_id}-2", "Other", TEXT),
            other.skills.update(skill.id, name="mine"),
            other.skills.delete(skill.id),
            other.skills.disable(skill.id),
            other.skills.export(),
        ):
            with pytest.raises(PermissionDeniedError):
                await call
    assert (await keyed.skills.get(skill.id)).name == skill.name
