import uuid

import pytest

from openwebui_chat_client import BadRequestError, ConflictError, NotFoundError, OpenWebUIClient, PermissionDeniedError
from openwebui_chat_client._server import SKILL_FILES, SKILL_VERSIONS, SKILLS, parse
from settings import permissions

TEXT = "# Brewing\nBoil the water first."
FILES = {"data/times.csv": "tea,3\n", "pictures/cup.png": b"\x89PNG\x00\xff"}


@pytest.fixture(autouse=True)
def _no_skill_stays(server):
    """The server tells every model of the skills that there are: other tests would hear of them."""
    yield
    if parse(server.version) < SKILLS.since:
        return
    with OpenWebUIClient(server.url, server.token) as admin:
        for skill in admin.skills.list():
            admin.skills.delete(skill.id)


@pytest.fixture
def skill_id() -> str:
    return f"skill-{uuid.uuid4().hex}"


@pytest.fixture
def make_skill(keyed, skill_id):
    """A function that makes the skill; with files, if there are some."""

    async def made(files=None):
        return await keyed.skills.create(skill_id, skill_id, TEXT, description="Tea", files=files, tags=["drinks"])

    return made


@pytest.mark.needs(SKILLS)
async def test_a_skill_is_kept_as_it_was_given_and_works_at_once(keyed, skill_id):
    await keyed.skills.create(skill_id, f"Name {skill_id}", TEXT, description="Tea", tags="drinks")
    found = await keyed.skills.get(skill_id)
    assert (found.name, found.description, found.content) == (f"Name {skill_id}", "Tea", TEXT)
    assert (found.tags, found.is_active, found.access_grants, found.write_access) == (["drinks"], True, [], True)
    assert found.updated >= found.created


@pytest.mark.needs(SKILL_FILES)
async def test_a_skill_is_kept_with_its_files(keyed, make_skill, skill_id):
    await make_skill(FILES)
    assert (await keyed.skills.get(skill_id)).content == TEXT
    assert [(file.path, file.size) for file in await keyed.skills.files(skill_id)] == [
        ("SKILL.md", len(TEXT)),
        ("data/times.csv", 6),
        ("pictures/cup.png", 6),
    ]
    assert await keyed.skills.read_file(skill_id, "pictures/cup.png") == FILES["pictures/cup.png"]
    assert await keyed.skills.read_file(skill_id, "SKILL.md") == TEXT.encode()
    with pytest.raises(NotFoundError):
        await keyed.skills.read_file(skill_id, "none")


@pytest.mark.needs(SKILLS)
async def test_lists_and_searches_name_it_without_its_content(keyed, make_skill):
    skill = await make_skill()
    listed = next(one for one in await keyed.skills.list() if one.id == skill.id)
    assert (listed.content, listed.tags) == (None, ["drinks"])
    assert [(one.id, one.content) async for one in keyed.skills.search(skill.id)] == [(skill.id, None)]
    assert skill.id in [one.id async for one in keyed.skills.search()]


@pytest.mark.needs(SKILLS)
async def test_an_update_changes_what_is_given_and_nothing_else(keyed, make_skill):
    skill = await make_skill()
    await keyed.skills.set_access(skill.id, "public")
    await keyed.skills.disable(skill.id)
    await keyed.skills.update(skill.id, content="New")
    await keyed.skills.update(skill.id, tags=[], description="")
    found = await keyed.skills.get(skill.id)
    assert (found.name, found.content, found.description, found.tags) == (skill.name, "New", "", [])
    assert (found.is_active, len(found.access_grants)) == (False, 1)


@pytest.mark.needs(SKILL_FILES)
async def test_an_update_leaves_the_files_or_replaces_them_all(keyed, make_skill):
    skill = await make_skill(FILES)
    await keyed.skills.update(skill.id, content="New")
    assert len(await keyed.skills.files(skill.id)) == 3
    await keyed.skills.update(skill.id, files={"one.txt": "1"}, name=f"{skill.name} 2")
    assert [file.path for file in await keyed.skills.files(skill.id)] == ["SKILL.md", "one.txt"]
    await keyed.skills.update(skill.id, files={}, content="Alone")
    assert [file.path for file in await keyed.skills.files(skill.id)] == ["SKILL.md"]
    found = await keyed.skills.get(skill.id)
    assert (found.name, found.content) == (f"{skill.name} 2", "Alone")


@pytest.mark.needs(SKILLS)
async def test_switching_says_what_it_shall_be(keyed, make_skill):
    skill = await make_skill()
    for _ in range(2):
        assert (await keyed.skills.disable(skill.id)).is_active is False
    for _ in range(2):
        assert (await keyed.skills.enable(skill.id)).is_active is True
    assert (await keyed.skills.get(skill.id)).is_active is True


@pytest.mark.needs(SKILLS)
async def test_an_id_or_a_name_that_is_taken_is_a_conflict(keyed, make_skill, skill_id):
    skill = await make_skill()
    with pytest.raises(ConflictError):
        await keyed.skills.create(skill.id, "Other", TEXT)
    with pytest.raises(ConflictError):
        await keyed.skills.create(f"{skill_id}-2", skill.name, TEXT)
    await keyed.skills.create(f"{skill_id}-2", f"{skill_id} 2", TEXT)
    with pytest.raises(ConflictError):
        await keyed.skills.update(f"{skill_id}-2", name=skill.name)
    assert (await keyed.skills.get(f"{skill_id}-2")).name == f"{skill_id} 2"


@pytest.mark.needs(SKILL_VERSIONS)
async def test_former_versions_are_listed_read_restored_and_forgotten(keyed, make_skill):
    with pytest.raises(NotFoundError):
        await keyed.skills.history("none")
    skill = await make_skill()
    await keyed.skills.update(skill.id, content="Second", message="second")
    newest, oldest = await keyed.skills.history(skill.id)
    assert (newest.commit_message, newest.parent_id, oldest.id) == ("second", skill.version_id, skill.version_id)
    assert (await keyed.skills.get_version(skill.id, oldest.id)).snapshot["content"] == TEXT
    with pytest.raises(BadRequestError):
        await keyed.skills.delete_version(skill.id, newest.id)
    assert (await keyed.skills.restore(skill.id, oldest.id)).content == TEXT
    await keyed.skills.delete_version(skill.id, newest.id)
    assert [version.id for version in await keyed.skills.history(skill.id)] == [oldest.id]


@pytest.mark.needs(SKILLS)
async def test_a_skill_is_gone_once_deleted(keyed, make_skill):
    skill = await make_skill()
    await keyed.skills.delete(skill.id)
    for call in (keyed.skills.get, keyed.skills.delete, keyed.skills.enable):
        with pytest.raises(NotFoundError):
            await call(skill.id)
    with pytest.raises(NotFoundError):
        await keyed.skills.update(skill.id, name="x")
    with pytest.raises(NotFoundError):
        await keyed.skills.set_access(skill.id, "public")


@pytest.mark.needs(SKILLS)
async def test_what_is_exported_can_be_imported_and_replaces_only_when_told(keyed, make_skill):
    skill = await make_skill()
    exported = next(one for one in await keyed.skills.export() if one["id"] == skill.id)
    assert exported.keys() == {"id", "name", "description", "meta", "is_active", "files"}
    assert exported["files"] == [{"path": "SKILL.md", "content": TEXT}]
    report = await keyed.skills.import_([exported])
    assert (report.succeeded, [failure.item for failure in report.failed]) == ([], [skill.id])
    await keyed.skills.delete(skill.id)
    assert (await keyed.skills.import_([exported])).succeeded == [skill.id]
    await keyed.skills.update(skill.id, content="Changed")
    assert (await keyed.skills.import_([exported], replace=True)).failed == []
    found = await keyed.skills.get(skill.id)
    assert (found.content, found.tags, found.description) == (TEXT, ["drinks"], "Tea")


@pytest.mark.needs(SKILL_FILES)
async def test_files_are_exported_and_imported_too_and_replaced_all(keyed, make_skill):
    skill = await make_skill(FILES)
    exported = next(one for one in await keyed.skills.export() if one["id"] == skill.id)
    await keyed.skills.delete(skill.id)
    assert (await keyed.skills.import_([exported])).succeeded == [skill.id]
    assert len(await keyed.skills.files(skill.id)) == 3
    alone = {**exported, "files": exported["files"][:1]}
    assert (await keyed.skills.import_([alone], replace=True)).failed == []
    assert [file.path for file in await keyed.skills.files(skill.id)] == ["SKILL.md"]


@pytest.mark.needs(SKILLS)
async def test_a_user_uses_what_is_shared_and_changes_nothing(keyed, make, server, make_skill, skill_id):
    skill = await make_skill()
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


@pytest.mark.needs(SKILLS)
async def test_a_user_may_not_publish_without_the_right(keyed, make, server, skill_id):
    await keyed.skills.list()
    async with permissions(keyed, "workspace", skills=True), make(server.create_user().token) as other:
        made = await other.skills.create(skill_id, skill_id, TEXT)
        with pytest.raises(PermissionDeniedError):
            await other.skills.set_access(made.id, "public")
        assert (await other.skills.get(made.id)).access_grants == []


@pytest.mark.needs(SKILL_FILES)
async def test_a_difference_names_the_files_and_shows_the_text(keyed, make_skill):
    skill = await make_skill(FILES)
    changed = await keyed.skills.update(skill.id, description="Coffee", files={"data/times.csv": "tea,4\n"})
    first, last = skill.version_id, changed.version_id
    found = await keyed.skills.diff(skill.id, first, last)
    assert found.metadata["description"] == {"before": "Tea", "after": "Coffee"}
    assert [(one["path"], one["status"]) for one in found.files] == [
        ("data/times.csv", "modified"),
        ("pictures/cup.png", "deleted"),
    ]
    assert "-tea,3\n+tea,4" in await keyed.skills.diff_file(skill.id, first, last, "data/times.csv")
    assert await keyed.skills.diff_file(skill.id, first, last, "pictures/cup.png") is None
    with pytest.raises(NotFoundError):
        await keyed.skills.diff_file(skill.id, first, last, "none")


@pytest.mark.needs(SKILLS)
async def test_a_copy_is_as_the_skill_is_and_nobody_else_has_access(keyed, make_skill):
    skill = await make_skill()
    await keyed.skills.set_access(skill.id, "public")
    await keyed.skills.disable(skill.id)
    copy = await keyed.skills.clone(skill.id, f"{skill.id}-2", f"{skill.name} 2")
    stored = await keyed.skills.get(copy.id)
    assert (copy.content, stored.name, stored.content) == (TEXT, f"{skill.name} 2", TEXT)
    assert (stored.access_grants, stored.is_active) == ([], False)
    assert (stored.tags, stored.description) == (["drinks"], "Tea")
    for taken in ((f"{skill.id}-2", f"{skill.name} 3"), (f"{skill.id}-3", skill.name)):
        with pytest.raises(ConflictError):
            await keyed.skills.clone(skill.id, *taken)
    with pytest.raises(NotFoundError):
        await keyed.skills.clone("none", f"{skill.id}-4", f"{skill.name} 4")


@pytest.mark.needs(SKILL_FILES)
async def test_a_copy_has_the_files(keyed, make_skill):
    skill = await make_skill(FILES)
    copy = await keyed.skills.clone(skill.id, f"{skill.id}-2", f"{skill.name} 2", version_id=skill.version_id)
    assert await keyed.skills.files(copy.id) == await keyed.skills.files(skill.id)
