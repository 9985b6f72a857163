import pytest

from openwebui_chat_client import BadRequestError, NotFoundError, PermissionDeniedError
from openwebui_chat_client._server import FILE_NAMES, KNOWLEDGE_DIRECTORIES

NEEDS = pytest.mark.needs(KNOWLEDGE_DIRECTORIES)


@pytest.fixture
async def base(keyed, title):
    """A new knowledge base."""
    return await keyed.knowledge.create(title)


async def names(client, base, parent_id=None):
    return [directory.name for directory in await client.knowledge.directories(base.id, parent_id)]


async def files(client, base, directory_id):
    return [file.filename for file in await client.knowledge.files(base.id, directory_id=directory_id)]


@NEEDS
async def test_a_directory_is_made_renamed_moved_and_listed(keyed, base):
    knowledge = keyed.knowledge
    docs = await knowledge.create_directory(base.id, "docs")
    api = await knowledge.create_directory(base.id, "api", parent_id=docs.id)
    assert (docs.parent_id, api.parent_id, api.knowledge_id) == (None, docs.id, base.id)
    assert docs.created.utcoffset().total_seconds() == 0
    assert (await names(keyed, base), await names(keyed, base, docs.id)) == (["docs"], ["api"])
    assert (await knowledge.rename_directory(base.id, api.id, "API")).parent_id == docs.id
    assert await names(keyed, base, docs.id) == ["API"]
    assert (await knowledge.move_directory(base.id, api.id, None)).name == "API"
    assert (await names(keyed, base), await names(keyed, base, docs.id)) == (["API", "docs"], [])
    await knowledge.move_directory(base.id, docs.id, api.id)
    assert (await names(keyed, base), await names(keyed, base, api.id)) == (["API"], ["docs"])


@NEEDS
async def test_files_go_into_a_directory_and_from_one_to_another(keyed, base):
    knowledge = keyed.knowledge
    docs = await knowledge.create_directory(base.id, "docs")
    one = await knowledge.upload(base.id, b"one owl", name="1.txt", directory_id=docs.id)
    await knowledge.upload_all(base.id, [_named(b"two owls", "2.txt")], directory_id=docs.id)
    three = await keyed.files.upload(b"three owls", name="3.txt")
    await knowledge.add(base.id, three.id, directory_id=docs.id)
    assert sorted(await files(keyed, base, docs.id)) == ["1.txt", "2.txt", "3.txt"]
    await knowledge.move(base.id, one.id, None)
    assert (await files(keyed, base, ""), sorted(await files(keyed, base, docs.id))) == (["1.txt"], ["2.txt", "3.txt"])
    await knowledge.move(base.id, one.id, docs.id)
    assert await files(keyed, base, "") == []
    async with knowledge.iter_files(base.id, directory_id=docs.id) as found:
        assert len([file async for file in found]) == 3


@NEEDS
async def test_every_file_says_in_which_directory_it_is(keyed, base, title):
    knowledge = keyed.knowledge
    docs = await knowledge.create_directory(base.id, "docs")
    api = await knowledge.create_directory(base.id, "api", parent_id=docs.id)
    for where, name in [(None, "top"), (docs.id, "middle"), (api.id, "deep")]:
        await knowledge.upload(base.id, f"{name} owl".encode(), name=f"{name} {title}.txt", directory_id=where)
    places = {("top", None, ""), ("middle", docs.id, "docs"), ("deep", api.id, "docs/api")}
    async with knowledge.search_files(title) as found:
        searched = [file async for file in found]
    for files in (await knowledge.files(base.id), await knowledge.files(base.id, page=1), searched):
        assert {(file.filename.split()[0], file.directory_id, file.directory_path) for file in files} == places
    [deep] = await knowledge.files(base.id, directory_id=api.id)
    assert deep.full_name == f"docs/api/deep {title}.txt"


@NEEDS
async def test_a_deleted_directory_leaves_its_files_or_takes_them_with_it(keyed, base):
    knowledge = keyed.knowledge
    docs = await knowledge.create_directory(base.id, "docs")
    deep = await knowledge.create_directory(base.id, "deep", parent_id=docs.id)
    shallow = await knowledge.upload(base.id, b"the shallow owl", name="shallow.txt", directory_id=docs.id)
    far = await knowledge.upload(base.id, b"the deep cat", name="deep.txt", directory_id=deep.id)
    await knowledge.delete_directory(base.id, deep.id, with_files=False)
    assert sorted(await files(keyed, base, docs.id)) == ["deep.txt", "shallow.txt"]
    deep = await knowledge.create_directory(base.id, "deep", parent_id=docs.id)
    await knowledge.move(base.id, far.id, deep.id)
    await knowledge.delete_directory(base.id, docs.id, with_files=True)
    assert (await names(keyed, base), await knowledge.files(base.id)) == ([], [])
    assert await knowledge.query(base.id, "owl") == []
    for file in (shallow, far):
        with pytest.raises(NotFoundError):
            await keyed.files.get(file.id)


@NEEDS
async def test_a_directory_that_is_not_in_the_knowledge_base_takes_nothing(keyed, base, title):
    knowledge = keyed.knowledge
    other = await knowledge.create(f"{title} other")
    theirs = await knowledge.create_directory(other.id, "theirs")
    docs = await knowledge.create_directory(base.id, "docs")
    file = await knowledge.upload(base.id, b"an owl", name="owl.txt")
    loose = await keyed.files.upload(b"a cat", name=f"{title}.txt")
    for wrong in ("no-such-directory", theirs.id):
        for call in (
            lambda: knowledge.create_directory(base.id, "new", parent_id=wrong),  # noqa: B023 - called in this round
            lambda: knowledge.move_directory(base.id, docs.id, wrong),  # noqa: B023
            lambda: knowledge.rename_directory(base.id, wrong, "new"),  # noqa: B023
            lambda: knowledge.delete_directory(base.id, wrong, with_files=True),  # noqa: B023
            lambda: knowledge.move(base.id, file.id, wrong),  # noqa: B023
            lambda: knowledge.add(base.id, loose.id, directory_id=wrong),  # noqa: B023
            lambda: knowledge.upload(base.id, b"new", name="new.txt", directory_id=wrong),  # noqa: B023
        ):
            with pytest.raises(NotFoundError):
                await call()
    with pytest.raises(NotFoundError):
        await knowledge.move(base.id, loose.id, docs.id)
    with pytest.raises(NotFoundError):
        await knowledge.directories("no-such-base")
    with pytest.raises(BadRequestError):
        await knowledge.move_directory(base.id, docs.id, docs.id)
    assert (await names(keyed, base), await names(keyed, other)) == (["docs"], ["theirs"])
    assert await files(keyed, base, "") == ["owl.txt"]


@NEEDS
async def test_a_name_is_taken_once_in_a_directory(keyed, base):
    docs = await keyed.knowledge.create_directory(base.id, "docs")
    await keyed.knowledge.create_directory(base.id, "api", parent_id=docs.id)
    with pytest.raises(BadRequestError, match="already exist"):
        await keyed.knowledge.create_directory(base.id, "api", parent_id=docs.id)


@NEEDS
async def test_who_may_only_read_sees_the_directories_and_changes_none(make, server, keyed, base):
    docs = await keyed.knowledge.create_directory(base.id, "docs")
    file = await keyed.knowledge.upload(base.id, b"an owl", name="owl.txt", directory_id=docs.id)
    async with make(server.create_user().token) as client:
        with pytest.raises(PermissionDeniedError):
            await client.knowledge.directories(base.id)
        await keyed.knowledge.set_access(base.id, "public")
        assert await names(client, base) == ["docs"]
        for call in (
            lambda: client.knowledge.create_directory(base.id, "mine"),
            lambda: client.knowledge.rename_directory(base.id, docs.id, "mine"),
            lambda: client.knowledge.move_directory(base.id, docs.id, None),
            lambda: client.knowledge.delete_directory(base.id, docs.id, with_files=True),
            lambda: client.knowledge.move(base.id, file.id, None),
            lambda: client.knowledge.refresh(base.id, file.id),
        ):
            with pytest.raises(PermissionDeniedError, match="permission"):
                await call()
    assert (await names(keyed, base), await files(keyed, base, docs.id)) == (["docs"], ["owl.txt"])


@pytest.mark.needs(FILE_NAMES)
async def test_a_renamed_file_is_found_by_its_new_name_once_it_is_refreshed(keyed, base):
    file = await keyed.knowledge.upload(base.id, b"an owl", name="owl.txt")
    await keyed.files.rename(file.id, "bird.txt")
    await keyed.knowledge.refresh(base.id, file.id)
    [hit] = await keyed.knowledge.query(base.id, "an owl")
    assert (hit.text, hit.file_name) == ("an owl", "bird.txt")
    with pytest.raises(NotFoundError):
        await keyed.knowledge.refresh(base.id, "no-such-file")


async def test_an_administrator_has_everything_indexed_again(make, server, keyed, base):
    await keyed.knowledge.upload(base.id, b"an owl", name="owl.txt")
    await keyed.knowledge.reindex()
    assert [hit.text for hit in await keyed.knowledge.query(base.id, "an owl")] == ["an owl"]
    async with make(server.create_user().token) as client:
        with pytest.raises(PermissionDeniedError):
            await client.knowledge.reindex()


def _named(content, name):
    import io

    file = io.BytesIO(content)
    file.name = name
    return file
