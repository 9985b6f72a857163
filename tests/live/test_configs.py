import pytest

from openwebui_chat_client import PermissionDeniedError, UnprocessableError


async def test_a_setting_is_changed_and_the_others_stay(keyed):
    before = await keyed.configs.get("models")
    try:
        changed = await keyed.configs.update("models", {"MODEL_ORDER_LIST": ["echo", "count"]})
        assert changed == await keyed.configs.get("models") == {**before, "MODEL_ORDER_LIST": ["echo", "count"]}
    finally:
        await keyed.configs.update("models", {"MODEL_ORDER_LIST": before["MODEL_ORDER_LIST"]})
    assert await keyed.configs.get("models") == before


@pytest.mark.parametrize(
    "section", ["connections", "code_execution", "models", "subagents", "tool_servers", "terminal_servers"]
)
async def test_every_section_can_be_read_and_written_back(keyed, section):
    found = await keyed.configs.get(section)
    assert found
    assert await keyed.configs.update(section, found) == found


async def test_what_does_not_fit_is_refused_and_changes_nothing(keyed):
    before = await keyed.configs.get("models")
    with pytest.raises(UnprocessableError, match="MODEL_ORDER_LIST"):
        await keyed.configs.update("models", {"MODEL_ORDER_LIST": 7})
    with pytest.raises(ValueError, match="DEFAULT_MODEL"):
        await keyed.configs.update("models", {"DEFAULT_MODEL": "echo"})
    assert await keyed.configs.get("models") == before


async def test_banners_are_shown_to_everybody(keyed, make, server):
    before = await keyed.configs.get_banners()
    banner = {"id": "b", "type": "info", "content": "Hello", "dismissible": True, "timestamp": 1_700_000_000}
    try:
        await keyed.configs.set_banners([banner])
        async with make(server.create_user().token) as other:
            assert [(shown.id, shown.content) for shown in await other.configs.get_banners()] == [("b", "Hello")]
            with pytest.raises(PermissionDeniedError):
                await other.configs.set_banners([])
    finally:
        await keyed.configs.set_banners(before)
    assert await keyed.configs.get_banners() == before


async def test_what_is_exported_can_be_imported_in_part(keyed):
    exported = await keyed.configs.export()
    key = "ui.model_order_list"
    before = exported.get(key, [])
    try:
        changed = await keyed.configs.import_({key: ["count"]})
        assert changed[key] == ["count"]
        assert exported.keys() <= changed.keys()
        assert (await keyed.configs.get("models"))["MODEL_ORDER_LIST"] == ["count"]
    finally:
        await keyed.configs.import_({key: before})


async def test_a_user_may_neither_read_nor_change_settings(make, server):
    async with make(server.create_user().token) as other:
        for call in (
            other.configs.get("models"),
            other.configs.update("models", {"DEFAULT_MODELS": "echo"}),
            other.configs.export(),
            other.configs.import_({"ui.banners": []}),
        ):
            with pytest.raises(PermissionDeniedError):
                await call
