import uuid

import pytest

from openwebui_chat_client import BadRequestError, NotFoundError, PermissionDeniedError
from openwebui_chat_client._server import MODEL_VERSIONS


@pytest.fixture
async def model_id(keyed):
    """A custom model with two saved versions."""
    made = f"model-{uuid.uuid4().hex}"
    await keyed.models.create(made, name="One", base_model_id="echo", access="public")
    await keyed.models.update(made, name="Two")
    yield made
    await keyed.models.delete(made)


async def versions(client, model_id):
    """The saved versions, oldest first."""
    return sorted(await client.models.history(model_id), key=lambda version: version.parent_id is not None)


@pytest.mark.needs(MODEL_VERSIONS)
async def test_former_versions_of_a_model_are_listed_read_restored_and_forgotten(keyed, model_id):
    oldest, newest = await versions(keyed, model_id)
    assert newest.parent_id == oldest.id
    assert (await keyed.models.get(model_id)).version_id == newest.id
    assert (await keyed.models.get_version(model_id, oldest.id)).snapshot["name"] == "One"
    with pytest.raises(BadRequestError, match="current version"):
        await keyed.models.delete_version(model_id, newest.id)
    assert (await keyed.models.restore(model_id, oldest.id)).name == "One"
    stored = await keyed.models.get(model_id)
    assert (stored.name, stored.version_id, len(stored.access_grants)) == ("One", oldest.id, 1)
    assert [one.name for one in await keyed.models.list() if one.id == model_id] == ["One"]
    await keyed.models.delete_version(model_id, newest.id)
    assert [version.id for version in await keyed.models.history(model_id)] == [oldest.id]
    assert await keyed.models.history(model_id, page=2) == []
    for call in (keyed.models.get_version, keyed.models.delete_version, keyed.models.restore):
        with pytest.raises(NotFoundError):
            await call(model_id, newest.id)


@pytest.mark.needs(MODEL_VERSIONS)
async def test_who_may_only_use_a_model_sees_no_former_versions(make, server, model_id):
    async with make(server.create_user().token) as other:
        with pytest.raises(PermissionDeniedError):
            await other.models.history(model_id)
