import uuid

import anyio
import pytest

from openwebui_chat_client import (
    AuthenticationError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    UnsupportedError,
)
from openwebui_chat_client._server import GRANTS, parse
from openwebui_chat_client.resources._access import grant, granted

EVERYBODY = grant("user", "*")
DENIED = (AuthenticationError, PermissionDeniedError)


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
        rows = await admin.models.custom()
        for row in rows:
            if row.id.startswith(name):
                await admin.request("POST", "/api/v1/models/model/delete", json={"id": row.id})
        await admin.models.list()


@pytest.fixture
async def bare(make):
    """A provider's model that has no entry, before the test and after it."""
    yield "count"
    async with make() as admin:
        for row in await admin.request("GET", "/api/v1/models/base"):
            if row["id"] == "count":
                await admin.models.delete("count")


def same(entry, wanted):
    """Whether these are an entry's grants, in any order."""
    return sorted(map(str, granted(entry))) == sorted(map(str, wanted))


async def usable(make, user):
    async with make(user.token) as client:
        return {model.id for model in await client.list_models()}


async def test_a_custom_model_answers_as_soon_as_it_is_made(client, title, model_id):
    made = await client.models.create(model_id, base_model_id="transcript", system_prompt="Talk like a pirate.")
    assert (made.name, made.base_model_id, granted(made)) == (model_id, "transcript", [])
    turn = await client.chat("ping", title, model_id=model_id)
    assert "Talk like a pirate." in turn.response
    assert made.created == made.updated
    assert made.created.utcoffset().total_seconds() == 0


async def test_a_change_counts_for_the_next_answer_and_a_deleted_model_is_gone(keyed, title, model_id):
    await keyed.models.create(model_id, base_model_id="transcript", system_prompt="First words.")
    await keyed.update_model(model_id, system_prompt="Second words.")
    answer = (await keyed.chat("ping", title, model_id=model_id)).response
    assert "Second words." in answer
    assert "First words." not in answer
    assert await keyed.delete_model(model_id) is True
    with pytest.raises(NotFoundError):
        await keyed.chat("ping", f"{title} again", model_id=model_id)
    with pytest.raises(NotFoundError):
        await keyed.models.get(model_id)
    with pytest.raises(NotFoundError):
        await keyed.delete_model(model_id)


async def test_a_change_leaves_all_else_as_it_was(keyed, user, model_id):
    fields = {
        "name": "A name",
        "base_model_id": "echo",
        "description": "What it is for",
        "profile_image_url": "/static/favicon.png",
        "capabilities": {"vision": True, "usage": False},
        "tags": ["red", "blue"],
        "suggestion_prompts": ["Say hello"],
        "params": {"temperature": 0.5, "top_p": 0.9},
        "meta": {"toolIds": [], "own_key": {"deep": [1, 2]}},
    }
    shared = [grant("user", user.id), grant("user", user.id, "write")]
    before = await keyed.models.create(model_id, access=shared, **fields)
    await keyed.models.update(model_id, params={"top_p": None, "seed": 7}, capabilities={"usage": True}, tags="green")
    after = await keyed.models.get(model_id)
    assert after.params == {"temperature": 0.5, "seed": 7}
    assert after.meta == before.meta | {"capabilities": {"vision": True, "usage": True}, "tags": [{"name": "green"}]}
    kept = ("name", "base_model_id", "is_active", "user_id", "created_at")
    assert [after[key] for key in kept] == [before[key] for key in kept]
    assert same(before, shared)
    assert same(after, shared)


async def test_changes_side_by_side_are_all_kept(keyed, model_id):
    await keyed.models.create(model_id, base_model_id="echo")
    async with anyio.create_task_group() as tasks:
        for number in range(5):
            change = {"params": {f"custom_{number}": number}}
            tasks.start_soon(lambda change=change: keyed.models.update(model_id, **change))
    after = await keyed.models.get(model_id)
    assert after.params == {f"custom_{number}": number for number in range(5)}


async def test_the_servers_own_keys_make_a_model(keyed, make, user, model_id):
    config = {"id": model_id, "name": "N", "base_model_id": "echo", "params": {"system": "S"}, "meta": {"x": 1}}
    made = await keyed.create_model({**config, "access_control": {}})
    assert (made.name, made.params, granted(made)) == ("N", {"system": "S"}, [])
    assert model_id not in await usable(make, user)
    with pytest.raises(ConflictError):
        await keyed.create_model(config)


async def test_a_model_made_by_its_flat_name_is_for_everybody(keyed, make, user, title, model_id):
    await keyed.create_model(model_id, "N", "echo")
    async with make(user.token) as theirs:
        assert model_id in {model.id for model in await theirs.list_custom_models()}
        assert (await theirs.chat("ping", title, model_id=model_id)).response == "ping"
        entry = await theirs.get_model(model_id)
        assert (entry.name, entry.write_access) == ("N", False)


async def test_who_may_use_a_model_is_said_in_every_form(keyed, make, user, model_id):
    await keyed.models.create(model_id, base_model_id="echo")
    group = await keyed.groups.create(f"Group {model_id}")
    await keyed.groups.add_members(group.id, user.id)
    forms = [  # who may use it, does the user?
        (None, True),
        ({}, False),
        ({"read": {"group_ids": [group.id], "user_ids": []}, "write": {}}, True),
        ([grant("user", "somebody-else")], False),
        ([grant("user", user.id)], True),
        ("private", False),
    ]
    for access, allowed in forms:
        await keyed.update_model(model_id, access)
        assert (model_id in await usable(make, user)) is allowed, access
    await keyed.update_model(model_id, permission_type="group", group_identifiers=group.name, user_ids=user.id)
    assert same(await keyed.models.get(model_id), [grant("group", group.id), grant("user", user.id)])
    await keyed.groups.delete(group.id)


@pytest.mark.needs(GRANTS)
async def test_everybody_may_be_let_change_a_model(keyed, make, user, model_id):
    access = [EVERYBODY, grant("user", "*", "write")]
    made = await keyed.models.create(model_id, base_model_id="echo", access=access)
    assert same(made, access)
    async with make(user.token) as theirs:
        assert (await theirs.models.get(model_id)).write_access is True


async def test_access_that_the_server_cannot_say_changes_nothing(keyed, server, model_id):
    await keyed.models.create(model_id, base_model_id="echo", access="private")
    access = [EVERYBODY, grant("user", "*", "write")]
    if parse(server.version) >= GRANTS.since:
        await keyed.models.update(model_id, access=access, name="Changed")
    else:
        with pytest.raises(UnsupportedError) as refusal:
            await keyed.models.update(model_id, access=access, name="Changed")
        assert (refusal.value.needs, refusal.value.has) == ("0.8.0", server.version)
        access = []
    after = await keyed.models.get(model_id)
    assert same(after, access)
    assert after.name == ("Changed" if access else model_id)


async def test_writing_is_granted_apart_from_reading(keyed, make, user, model_id):
    await keyed.models.create(model_id, base_model_id="echo", access=[grant("user", user.id)])
    async with make(user.token) as theirs:
        for call in (
            theirs.models.update(model_id, name="Mine"),
            theirs.models.delete(model_id),
            theirs.models.toggle(model_id),
        ):
            with pytest.raises(Exception, match=r"permission|Unauthorized"):
                await call
        await keyed.models.update(model_id, access=[grant("user", user.id), grant("user", user.id, "write")])
        assert (await theirs.models.update(model_id, name="Mine")).name == "Mine"
    assert len(granted(await keyed.models.get(model_id))) == 2


async def test_an_entry_that_is_made_on_the_way_changes_nobodys_view(keyed, make, user, bare):
    with pytest.raises(NotFoundError):
        await keyed.models.get(bare)
    before = await usable(make, user)
    entry = await keyed.get_model(bare)
    assert (entry.id, entry.name, entry.base_model_id, entry.is_active, granted(entry)) == (bare, bare, None, True, [])
    assert await usable(make, user) == before
    assert (await keyed.get_model(bare)).created_at == entry.created_at
    assert bare in {model.id for model in await keyed.list_models()}


async def test_a_change_of_a_bare_model_makes_its_entry(keyed, title, bare):
    changed = await keyed.update_model(bare, system_prompt="Count!", capabilities={"vision": False})
    assert (changed.params, changed.meta["capabilities"]) == ({"system": "Count!"}, {"vision": False})
    assert (await keyed.chat("1 2 3", title, model_id=bare)).response


async def test_a_model_that_nobody_offers_is_not_found_and_not_made(keyed):
    unheard_of = f"unheard-of-{uuid.uuid4()}"
    for call in (keyed.get_model(unheard_of), keyed.update_model(unheard_of, name="N")):
        with pytest.raises(NotFoundError, match="unheard-of"):
            await call
    assert unheard_of not in {model.id for model in await keyed.list_models()}
    report = await keyed.batch_update_model_permissions([unheard_of])
    assert (report.success, report.failed[0].model_id) == ([], unheard_of)
    with pytest.raises(NotFoundError):
        await keyed.models.get(unheard_of)


async def test_fifty_models_are_shared_at_once_and_a_missing_one_is_reported(keyed, make, user, model_id):
    ids = [f"{model_id}-{number:02}" for number in range(50)]
    row = {"base_model_id": "echo", "meta": {}, "params": {}, "access_control": {}}
    made = await keyed.models.import_({**row, "id": one, "name": f"Model {one.upper()}"} for one in ids)
    assert made.succeeded == ids
    assert set(ids) <= {entry.id for entry in await keyed.list_custom_models()}
    assert not set(ids) & await usable(make, user)
    report = await keyed.batch_update_model_permissions([*ids, "gone"], max_workers=8)
    assert (report.success, report.skipped) == (ids, [])
    assert [failure.model_id for failure in report.failed] == ["gone"]
    assert "could not find" in report.failed[0].error
    assert set(ids) <= await usable(make, user)
    seen = []
    found = await keyed.models.matching(f"MODEL {model_id}")
    await keyed.models.set_access(
        [model.id for model in found], [grant("user", user.id, "write")], progress=lambda *done: seen.append(done)
    )
    assert sorted(seen) == [(number, 50) for number in range(1, 51)]
    rows = [entry for entry in await keyed.models.custom() if entry.id in ids]
    assert {str(granted(entry)) for entry in rows} == {str([grant("user", user.id, "write")])}
    by_keyword = await keyed.batch_update_model_permissions(model_keyword=model_id, permission_type="private")
    assert sorted(by_keyword.success) == ids
    assert not set(ids) & await usable(make, user)


async def test_a_bare_model_is_shared_under_its_own_name(keyed, make, user, bare):
    report = await keyed.batch_update_model_permissions(bare, permission_type="private", user_ids=[user.id])
    assert report.success == [bare]
    entry = await keyed.models.get(bare)
    assert (entry.name, granted(entry)) == (bare, [grant("user", user.id)])
    assert bare in await usable(make, user)


async def test_a_model_is_switched_off_and_on(keyed, model_id):
    await keyed.models.create(model_id, base_model_id="echo")
    assert (await keyed.models.toggle(model_id)).is_active is False
    assert model_id not in {model.id for model in await keyed.models.list()}
    assert (await keyed.models.update(model_id, is_active=True)).is_active is True
    assert model_id in {model.id for model in await keyed.models.list(refresh=True)}
    with pytest.raises(NotFoundError):
        await keyed.models.toggle(f"{model_id}-gone")


async def test_a_disabled_base_model_is_still_listed_among_the_base_models(keyed, bare, model_id):
    await keyed.models.create(model_id, base_model_id="echo")
    await keyed.models.update(bare, is_active=False)
    ids = {model.id for model in await keyed.list_base_models()}
    assert bare in ids
    assert model_id not in ids
    assert bare not in {model.id for model in await keyed.list_models()}


async def test_exported_entries_come_back_as_they_were(keyed, model_id):
    fields = {"base_model_id": "echo", "system_prompt": "S", "tags": ["exported"], "description": "D"}
    await keyed.models.create(model_id, access=[grant("user", "u1")], **fields)
    assert "exported" in await keyed.models.tags()
    exported = [entry for entry in await keyed.models.export() if entry.id == model_id]
    await keyed.models.delete(model_id)
    assert (await keyed.models.import_(exported)).succeeded == [model_id]
    again = await keyed.models.get(model_id)
    same = ("name", "base_model_id", "params", "meta", "is_active")
    assert [again[key] for key in same] == [exported[0][key] for key in same]
    assert granted(again) == [grant("user", "u1")]
    renamed = [{**exported[0], "name": "Renamed"}]
    assert "has an entry" in (await keyed.models.import_(renamed)).failed[0].error
    assert (await keyed.models.get(model_id)).name == exported[0].name
    assert (await keyed.models.import_(renamed, replace=True)).succeeded == [model_id]
    assert (await keyed.models.get(model_id)).name == "Renamed"


async def test_what_a_user_may_not_do_says_so_and_does_nothing(keyed, make, user, model_id, bare):
    await keyed.models.create(model_id, base_model_id="echo")
    async with make(user.token) as theirs:
        with pytest.raises(PermissionDeniedError, match="permission"):
            await theirs.list_base_models()
        with pytest.raises(PermissionDeniedError, match="permission"):
            await theirs.get_model(model_id)
        with pytest.raises(NotFoundError):
            await theirs.get_model(bare)
        for call in (
            theirs.create_model(f"{model_id}-theirs", base_model_id="echo"),
            theirs.models.export(),
        ):
            with pytest.raises(DENIED):
                await call
        brought = await theirs.models.import_([{"id": f"{model_id}-theirs", "name": "N", "base_model_id": "echo"}])
        assert brought.failed[0].item == f"{model_id}-theirs"
        report = await theirs.batch_update_model_permissions([model_id])
        assert "permission" in report.failed[0].error
    assert granted(await keyed.models.get(model_id)) == []
    assert [entry.id for entry in await keyed.models.custom() if entry.id.startswith(model_id)] == [model_id]


async def test_every_custom_model_comes_once_and_no_base_model(keyed, model_id):
    ids = [f"{model_id}-{number}" for number in range(31)]
    report = await keyed.models.import_(
        [{"id": one, "name": one, "base_model_id": "echo", "meta": {}, "params": {}} for one in ids]
    )
    assert report.failed == []
    found = [entry.id async for entry in keyed.models.iter()]
    assert len(found) == len(set(found))
    assert set(ids) <= set(found)
    assert "echo" not in found
