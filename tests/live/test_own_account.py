import pytest

from openwebui_chat_client import BadRequestError, NotFoundError, PermissionDeniedError
from openwebui_chat_client._server import ACCESS_PREVIEWS, PARTIAL_SETTINGS, USAGE_TOTALS, USER_VARIABLES, parse
from settings import permissions

NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def user(server):
    """Somebody who is no administrator."""
    return server.create_user()


@pytest.fixture
async def own(make, user):
    """A client of either colour, of that user."""
    async with make(user.token) as client:
        yield client


async def test_settings_are_changed_key_by_key_and_none_removes_one(own):
    await own.users.update_settings({"system": "Be brief.", "notificationSound": True})
    changed = await own.users.update_settings({"notificationSound": None})
    assert changed == await own.users.settings()
    assert changed["ui"] == {"system": "Be brief."}


async def test_a_setting_that_one_may_not_change_is_reported(keyed, own, server):
    async with permissions(keyed, "chat", system_prompt=False):
        if parse(server.version) >= PARTIAL_SETTINGS.since:
            with pytest.raises(PermissionDeniedError, match="system"):
                await own.users.update_settings({"system": "Be brief.", "notificationSound": True})
        else:
            await own.users.update_settings({"system": "Be brief.", "notificationSound": True})
    assert (await own.users.settings())["ui"]["notificationSound"] is True


@pytest.mark.needs(USER_VARIABLES)
async def test_variables_are_replaced_as_a_whole(own):
    assert await own.users.variables() == {}
    await own.users.set_variables({"city": "Bern", "team": "a"})
    assert await own.users.set_variables({"city": "Basel"}) == await own.users.variables() == {"city": "Basel"}
    with pytest.raises(BadRequestError, match="City"):
        await own.users.set_variables({"City": "x"})
    assert await own.users.variables() == {"city": "Basel"}


@pytest.mark.needs(USAGE_TOTALS)
async def test_usage_counts_messages_and_models(own, title):
    assert (await own.users.usage(7)).totals["total_chats"] == 0
    await own.chat("ping", title)
    used = await own.users.usage(7)
    assert (used.totals["total_chats"], used.totals["user_messages"], used.period["days"]) == (1, 1, 7)
    assert [one["model_id"] for one in used.top_models] == ["echo"]


@pytest.mark.needs(ACCESS_PREVIEWS)
async def test_an_administrator_sees_what_a_user_and_a_group_may_use(keyed, own, user, title):
    group = await keyed.groups.create(title)
    model = await keyed.models.create(
        f"for-{group.id}", name=title, base_model_id="echo", access={"read": {"group_ids": [group.id]}}
    )
    try:
        assert (model.id, title) in [(one.id, one.name) for one in (await keyed.groups.access(group.id)).models]
        assert model.id not in [one.id for one in (await keyed.users.access(user.id)).models]
        await keyed.groups.add_members(group.id, [user.id])
        assert model.id in [one.id for one in (await keyed.users.access(user.id)).models]
        for call, missing in ((keyed.users.access, NOBODY), (keyed.groups.access, NOBODY)):
            with pytest.raises(NotFoundError):
                await call(missing)
        for call, there in ((own.users.access, user.id), (own.groups.access, group.id)):
            with pytest.raises(PermissionDeniedError):
                await call(there)
    finally:
        await keyed.models.delete(model.id)
        await keyed.groups.delete(group.id)
