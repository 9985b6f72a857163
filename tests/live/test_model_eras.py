"""What servers of different times do differently with models, and what comes out the same."""

import uuid

import pytest

from openwebui_chat_client import PermissionDeniedError
from openwebui_chat_client._server import CHECKED_UPDATES, GRANTS, KEPT_GRANTS, parse
from openwebui_chat_client.resources._access import grant, granted
from settings import permissions

EVERYBODY = grant("user", "*")
ENTRY = {
    "id": str,
    "name": str,
    "user_id": str,
    "base_model_id": str,
    "params": dict,
    "meta": dict,
    "access_grants": list,
    "is_active": bool,
    "created_at": int,
    "updated_at": int,
}
MODEL = {"id": str, "name": str, "object": str, "created": int, "owned_by": str, "connection_type": str}
GROUP = {"id": str, "name": str, "description": str, "user_id": str, "data": dict, "created_at": int, "updated_at": int}
USER = {"id": str, "name": str, "email": str, "role": str, "created_at": int, "updated_at": int, "last_active_at": int}


@pytest.fixture(scope="session")
def user(server):
    """Somebody who is no administrator; may use `echo`."""
    return server.create_user()


@pytest.fixture
async def model_id(make):
    """The id of a model that nobody has yet; what is made of it is gone afterwards."""
    name = f"test-{uuid.uuid4()}"
    yield name
    async with make() as admin:
        for row in await admin.models.custom():
            if row.id.startswith(name):
                await admin.models.delete(row.id)


@pytest.fixture
async def group(keyed, title, user):
    """A group with that user in it."""
    made = await keyed.groups.create(title)
    await keyed.groups.add_members(made.id, user.id)
    yield made
    await keyed.groups.delete(made.id)


@pytest.fixture
async def base(keyed, title, tmp_path):
    """A knowledge base that says what the capital of Peru is, as models name it."""
    path = tmp_path / "facts.txt"
    path.write_text(f"The zebra lives in Kenya.\nThe capital of Peru is Lima.\n{title}\n")
    made = await keyed.knowledge.create(title)
    file = await keyed.files.upload(path)
    await keyed.knowledge.add(made.id, file.id)
    yield {"id": made.id, "type": "collection", "name": title}
    await keyed.knowledge.delete(made.id)
    await keyed.files.delete(file.id)


def shown(row, shape):
    """The types of these keys of a record."""
    return {key: type(row[key]) for key in shape}


async def test_flat_results_about_models_have_the_same_keys_and_types_on_every_server(keyed, model_id):
    made = await keyed.create_model(model_id, "N", "echo")
    [listed] = [entry for entry in await keyed.list_custom_models() if entry.id == model_id]
    changed = await keyed.update_model(model_id, "private")
    found = await keyed.get_model(model_id)
    for entry in (made, listed, changed, found):
        assert shown(entry, ENTRY) == ENTRY
        assert {"write_access", "version_id"} <= entry.keys()
    assert (listed["write_access"], found["write_access"]) == (True, True)
    assert [granted(entry) for entry in (made, listed, changed, found)] == [[EVERYBODY], [EVERYBODY], [], []]
    for model in (await keyed.list_models(), await keyed.list_base_models()):
        [echo] = [one for one in model if one.id == "echo"]
        assert shown(echo, MODEL) == MODEL
    report = await keyed.batch_update_model_permissions([model_id])
    assert report == {"success": [model_id], "failed": [], "skipped": []}
    assert await keyed.delete_model(model_id) is True


async def test_flat_results_about_users_and_groups_have_the_same_keys_and_types_on_every_server(keyed, group, user):
    [listed] = [one for one in await keyed.list_groups() if one.id == group.id]
    assert shown(listed, GROUP) == GROUP
    assert (listed["member_count"], listed["parent_group_id"]) == (1, None)
    [account] = [one for one in await keyed.get_users(limit=1000) if one.id == user.id]
    assert shown(account, USER) == USER
    assert account["group_ids"] == [group.id]
    found = await keyed.get_user_by_id(user.id)
    assert shown(found, USER) == USER
    assert found["groups"] == [{"id": group.id, "name": group.name}]


async def test_a_user_is_listed_all_custom_models_that_he_may_use_and_their_tags(keyed, make, user, group, model_id):
    forms = {  # who may use it, may the user change it?
        "public": ("public", False),
        "user": ([grant("user", user.id)], False),
        "group": ([grant("group", group.id)], False),
        "writer": ([grant("user", user.id), grant("user", user.id, "write")], True),
        "private": ("private", None),
    }
    for name, (access, _) in forms.items():
        await keyed.models.create(f"{model_id}-{name}", base_model_id="echo", access=access, tags=f"{model_id}-{name}")
    usable = {f"{model_id}-{name}": may_write for name, (_, may_write) in forms.items() if may_write is not None}
    async with make(user.token) as theirs:
        listed = [entry for entry in await theirs.list_custom_models() if entry.id.startswith(model_id)]
        assert {entry.id: entry.write_access for entry in listed} == usable
        assert {model.id for model in await theirs.list_models() if model.id.startswith(model_id)} == usable.keys()
        assert {tag for tag in await theirs.models.tags() if tag.startswith(model_id)} == usable.keys()
        for one, may_write in usable.items():
            assert (await theirs.models.get(one)).write_access is may_write
        with pytest.raises(PermissionDeniedError):
            await theirs.models.get(f"{model_id}-private")
    await keyed.groups.remove_members(group.id, user.id)


async def test_a_change_of_something_else_makes_no_model_public(keyed, make, user, model_id):
    await keyed.models.create(model_id, base_model_id="echo", access="private")
    await keyed.update_model(model_id, name="N", params={"temperature": 0.1}, meta={"own": 1}, tags="t")
    await keyed.models.toggle(model_id)
    await keyed.models.update(model_id, is_active=True)
    await keyed.models.import_([{"id": model_id, "name": "M"}], replace=True)
    after = await keyed.models.get(model_id)
    assert (after.name, after.is_active, granted(after)) == ("M", True, [])
    async with make(user.token) as theirs:
        assert model_id not in {model.id for model in await theirs.list_models()}


async def test_what_is_imported_without_a_word_on_access_is_private(keyed, make, user, model_id):
    row = {"id": model_id, "name": "N", "base_model_id": "echo", "meta": {}, "params": {}}
    assert (await keyed.models.import_([row])).failed == []
    assert granted(await keyed.models.get(model_id)) == []
    async with make(user.token) as theirs:
        assert model_id not in {model.id for model in await theirs.list_models()}


async def test_an_import_replaces_what_it_says_and_who_may_use_it(keyed, model_id, user):
    meta = {"description": "D", "own": 1}
    await keyed.models.create(model_id, base_model_id="echo", system_prompt="S", meta=meta, access="public")
    said = {"id": model_id, "name": "N", "params": {"seed": 7}, "meta": {"own": 2}}
    said["access_grants"] = [grant("user", user.id)]
    assert (await keyed.models.import_([said], replace=True)).failed == []
    after = await keyed.models.get(model_id)
    assert (after.name, after.base_model_id, after.params) == ("N", "echo", {"seed": 7})
    assert (after.meta["description"], after.meta["own"]) == ("D", 2)
    assert granted(after) == [grant("user", user.id)]


async def test_who_may_change_a_model_leaves_its_access_alone_or_is_refused(keyed, make, server, user, model_id):
    has = parse(server.version)
    theirs_too = [grant("user", user.id), grant("user", user.id, "write")]
    access = [EVERYBODY, *theirs_too] if has >= GRANTS.since else theirs_too
    await keyed.models.create(model_id, base_model_id="echo", access=access)
    would_take_away = CHECKED_UPDATES.since <= has < KEPT_GRANTS.since
    async with make(user.token) as theirs:
        if would_take_away:
            with pytest.raises(PermissionDeniedError, match="share models with everybody"):
                await theirs.models.update(model_id, name="Theirs")
        else:
            assert (await theirs.models.update(model_id, name="Theirs")).name == "Theirs"
        with pytest.raises(PermissionDeniedError, match="permission"):
            await theirs.models.update(model_id, access="public")
        report = await theirs.batch_update_model_permissions([model_id])
        assert "permission" in report.failed[0].error
    after = await keyed.models.get(model_id)
    assert after.name == (model_id if would_take_away else "Theirs")
    assert sorted(map(str, granted(after))) == sorted(map(str, access))


async def test_who_may_share_with_everybody_does(keyed, make, user, model_id):
    access = [grant("user", user.id), grant("user", user.id, "write")]
    await keyed.models.create(model_id, base_model_id="echo", access=access)
    async with permissions(keyed, "sharing", models=True, public_models=True), make(user.token) as theirs:
        assert granted(await theirs.models.update(model_id, access="public")) == [EVERYBODY]
    assert granted(await keyed.models.get(model_id)) == [EVERYBODY]


async def test_a_model_that_stands_behind_itself_is_one_of_the_provider(keyed, model_id):
    made = await keyed.models.create(model_id, base_model_id=model_id)
    assert made.base_model_id is None
    assert (await keyed.models.update(model_id, base_model_id=model_id)).base_model_id is None
    await keyed.models.delete(model_id)


async def test_what_is_removed_from_an_entry_is_gone(keyed, model_id):
    image = "data:image/png;base64,iVBORw0KGgo="
    await keyed.models.create(model_id, base_model_id="echo", profile_image_url=image, meta={"own": 1})
    assert (await keyed.models.get(model_id)).meta["profile_image_url"] == image
    await keyed.models.update(model_id, meta={"profile_image_url": None, "own": None})
    after = await keyed.models.get(model_id)
    assert after.meta.get("profile_image_url") != image
    assert "own" not in after.meta


async def test_the_knowledge_of_a_model_reaches_it_in_a_turn_and_in_a_temporary_one(client, title, base, model_id):
    """Servers from 0.10 on offer it as a tool; before, what fits the question is put before it."""
    await client.models.create(model_id, base_model_id="tool", meta={"knowledge": [base]})
    question = 'use query_knowledge_files with {"query": "capital of Peru"}'
    turn = await client.chat(question, title, model_id=model_id)
    assert "The capital of Peru is Lima." in turn.response
    assert len(turn.sources) == 1
    brief = await client.turns.ask(question, temporary=True, model_id=model_id)
    assert "The capital of Peru is Lima." in brief.response + str(brief.sources)


async def test_the_knowledge_of_a_model_that_uses_no_tools_stands_before_the_question(client, title, base, model_id):
    legacy = {"function_calling": "legacy"}
    await client.models.create(model_id, base_model_id="context", meta={"knowledge": [base]}, params=legacy)
    question = "What is the capital of Peru?"
    for turn in (
        await client.chat(question, title, model_id=model_id),
        await client.turns.ask(question, temporary=True, model_id=model_id),
    ):
        assert (turn.response, len(turn.sources)) == ("The capital of Peru is Lima.", 1)
