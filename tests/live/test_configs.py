import pytest

from openwebui_chat_client import PermissionDeniedError, UnprocessableError
from openwebui_chat_client._server import COMPACTION, PARTIAL_CONFIGS, SUBAGENTS, TERMINAL_SERVERS, parse


async def test_a_setting_is_changed_and_the_others_stay(keyed):
    before = await keyed.configs.get("models")
    try:
        changed = await keyed.configs.update("models", {"MODEL_ORDER_LIST": ["echo", "count"]})
        assert changed == await keyed.configs.get("models") == {**before, "MODEL_ORDER_LIST": ["echo", "count"]}
    finally:
        await keyed.configs.update("models", {"MODEL_ORDER_LIST": before["MODEL_ORDER_LIST"]})
    assert await keyed.configs.get("models") == before


@pytest.mark.parametrize(
    "section",
    [
        "connections",
        "code_execution",
        "models",
        pytest.param("subagents", marks=pytest.mark.needs(SUBAGENTS)),
        "tool_servers",
        pytest.param("terminal_servers", marks=pytest.mark.needs(TERMINAL_SERVERS)),
    ],
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


@pytest.mark.parametrize(
    ("section", "setting"),
    [
        ("tasks", "ENABLE_TAGS_GENERATION"),
        pytest.param("chats", "ENABLE_CONTEXT_COMPACTION", marks=pytest.mark.needs(COMPACTION)),
    ],
)
async def test_what_tasks_and_chats_do_is_a_setting_too(keyed, section, setting):
    before = await keyed.configs.get(section)
    try:
        changed = await keyed.configs.update(section, {setting: not before[setting]})
        assert changed == await keyed.configs.get(section) == {**before, setting: not before[setting]}
    finally:
        await keyed.configs.update(section, {setting: before[setting]})


async def test_what_an_empty_chat_proposes_is_shown_to_everybody_and_set_by_administrators(keyed, make, server):
    said = [{"title": ["Explain", "a monad"], "content": "What is a monad?"}]
    try:
        assert [one.content for one in await keyed.configs.set_suggestions(said)] == ["What is a monad?"]
        async with make(server.create_user().jwt) as other:
            assert (await other.request("GET", "/api/config"))["default_prompt_suggestions"] == said
            with pytest.raises(PermissionDeniedError):
                await other.configs.set_suggestions([])
    finally:
        await keyed.configs.set_suggestions([])


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


async def test_what_is_exported_can_be_imported_as_a_whole_and_in_part(keyed, make, server):
    flat = parse(server.version) >= PARTIAL_CONFIGS.since
    before = (await keyed.configs.get("models"))["MODEL_ORDER_LIST"]
    await keyed.configs.update("models", {"MODEL_ORDER_LIST": ["echo"]})  # only what was changed is exported
    banner = {"id": "kept", "type": "info", "content": "Hello", "dismissible": True, "timestamp": 1_700_000_000}
    await keyed.configs.set_banners([banner])
    exported = await keyed.configs.export()
    assert (exported["ui.model_order_list"] if flat else exported["ui"]["model_order_list"]) == ["echo"]
    try:
        changed = await keyed.configs.import_({"ui.model_order_list": ["count"]})
        assert (changed["ui.model_order_list"] if flat else changed["ui"]["model_order_list"]) == ["count"]
        assert exported.keys() <= changed.keys()
        assert (await keyed.configs.get("models"))["MODEL_ORDER_LIST"] == ["count"]
        assert [shown.id for shown in await keyed.configs.get_banners()] == ["kept"]
        async with make(server.jwt) as admin:  # a second factor's settings are among it
            await admin.configs.import_(exported)
        assert (await keyed.configs.get("models"))["MODEL_ORDER_LIST"] == ["echo"]
    finally:
        await keyed.configs.update("models", {"MODEL_ORDER_LIST": before})
        await keyed.configs.set_banners([])


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
