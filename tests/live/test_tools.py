import uuid

import pytest

from openwebui_chat_client import BadRequestError, ConflictError, NotFoundError, PermissionDeniedError
from openwebui_chat_client._server import GRANTS, SCRIPT_VERSIONS, TOOL_META, parse
from settings import permissions

SOURCE = '''"""
title: Weather
description: Tells the weather
version: 1.2
"""

from pydantic import BaseModel


class Tools:
    class Valves(BaseModel):
        unit: str = "celsius"
        days: int = 3

    class UserValves(BaseModel):
        city: str = "Bern"

    def __init__(self):
        self.valves = self.Valves()

    def weather(self, city: str) -> str:
        """
        Say what the weather is like.
        :param city: where
        """
        return "sunny"  # from utils
'''


NATIVE = {"function_calling": "native"}


@pytest.fixture
def tool_id() -> str:
    return f"tool_{uuid.uuid4().hex}"


@pytest.fixture
async def tool(keyed, tool_id):
    return await keyed.tools.create(tool_id, SOURCE)


async def test_a_tool_is_made_of_its_source_and_named_by_its_front_matter(keyed, tool_id):
    made = await keyed.tools.create(tool_id, SOURCE)
    found = await keyed.tools.get(tool_id)
    assert (made.id, made.name, made.description) == (tool_id, "Weather", "Tells the weather")
    assert found.content == SOURCE.replace("from utils", "from open_webui.utils")
    assert [spec["name"] for spec in found.specs] == ["weather"]
    assert found.meta["manifest"]["version"] == "1.2"
    assert found.access_grants == []
    assert found.created.year >= 2024
    assert found.updated >= found.created


async def test_what_is_said_goes_before_the_front_matter(keyed, tool_id):
    await keyed.tools.create(tool_id.upper(), SOURCE, name="Mine", description="", access="public")
    found = await keyed.tools.get(tool_id)
    assert (found.name, found.description) == ("Mine", "")
    assert [(grant["principal_id"], grant["permission"]) for grant in found.access_grants] == [("*", "read")]


async def test_a_list_names_every_tool_once_and_leaves_out_the_sources(keyed, tool):
    listed = [one for one in await keyed.tools.list() if one.id == tool.id]
    assert [(one.name, one.content) for one in listed] == [("Weather", None)]


async def test_an_update_changes_what_is_given_and_nothing_else(keyed, tool):
    await keyed.tools.set_access(tool.id, "public")
    renamed = await keyed.tools.update(tool.id, name="Climate")
    assert (renamed.name, renamed.description) == ("Climate", "Tells the weather")
    described = await keyed.tools.update(tool.id, description="Else")
    assert (described.name, described.description, described.content) == ("Climate", "Else", renamed.content)
    changed = await keyed.tools.update(tool.id, SOURCE.replace("sunny", "rainy"))
    assert (changed.name, changed.description) == ("Weather", "Tells the weather")
    found = await keyed.tools.get(tool.id)
    assert "rainy" in found.content
    assert [grant["principal_id"] for grant in found.access_grants] == ["*"]


async def test_a_tool_is_gone_once_deleted_and_cannot_be_deleted_twice(keyed, tool):
    await keyed.tools.delete(tool.id)
    for call in (keyed.tools.get, keyed.tools.delete, keyed.tools.get_valves):
        with pytest.raises(NotFoundError):
            await call(tool.id)
    with pytest.raises(NotFoundError):
        await keyed.tools.update(tool.id, name="x")


async def test_an_id_that_is_taken_is_a_conflict_and_a_source_that_does_not_run_is_refused(keyed, tool, tool_id):
    with pytest.raises(ConflictError):
        await keyed.tools.create(tool.id, SOURCE)
    with pytest.raises(BadRequestError, match=r"creating tool|broken_name"):
        await keyed.tools.create(f"{tool_id}_2", "class Tools:\n    x = broken_name\n")
    with pytest.raises(BadRequestError, match=r"updating tool|broken_name"):
        await keyed.tools.update(tool.id, "class Tools:\n    x = broken_name\n")
    assert (await keyed.tools.get(tool.id)).specs[0]["name"] == "weather"


async def test_deploying_creates_then_does_nothing_then_updates(keyed, tool_id, tmp_path):
    file = tmp_path / f"{tool_id}.py"
    file.write_bytes(b"\xef\xbb\xbf" + SOURCE.replace("\n", "\r\n").encode())
    changes = [(await keyed.tools.deploy(file)).change for _ in range(2)]
    first = await keyed.tools.get(tool_id)
    file.write_text(SOURCE.replace("sunny", "rainy"))
    done = await keyed.tools.deploy(str(file))
    second = await keyed.tools.get(tool_id)
    assert changes == ["created", "unchanged"]
    assert done == {"id": tool_id, "change": "updated"}
    assert (first.name, "rainy" in first.content, "rainy" in second.content) == ("Weather", False, True)


@pytest.mark.needs(SCRIPT_VERSIONS)
async def test_a_word_on_a_deployment_is_in_the_list_of_versions(keyed, tool, tmp_path):
    file = tmp_path / f"{tool.id}.py"
    file.write_text(SOURCE.replace("sunny", "rainy"))
    assert (await keyed.tools.deploy(file, message="rain")).change == "updated"
    assert {version.commit_message for version in await keyed.tools.history(tool.id)} == {None, "rain"}


async def test_deploying_keeps_the_valves_the_access_and_a_name_that_the_file_does_not_give(keyed, tool, tmp_path):
    file = tmp_path / "any.py"
    file.write_text(SOURCE.split('"""\n', 2)[2].replace("sunny", "rainy"))
    await keyed.tools.update(tool.id, name="Renamed")
    await keyed.tools.set_access(tool.id, "public")
    await keyed.tools.update_valves(tool.id, {"days": 9})
    assert (await keyed.tools.deploy(file, script_id=tool.id)).change == "updated"
    found = await keyed.tools.get(tool.id)
    assert (found.name, found.description, len(found.access_grants)) == ("Renamed", "Tells the weather", 1)
    assert await keyed.tools.get_valves(tool.id) == {"days": 9}


async def test_valves_change_one_by_one_and_none_puts_one_back(keyed, tool):
    assert await keyed.tools.get_valves(tool.id) == {}
    assert await keyed.tools.update_valves(tool.id, {"days": 5}) == {"days": 5}
    assert await keyed.tools.update_valves(tool.id, {"unit": "kelvin"}) == {"days": 5, "unit": "kelvin"}
    assert await keyed.tools.update_valves(tool.id, {"days": None}) == {"unit": "kelvin"}
    assert await keyed.tools.get_valves(tool.id) == {"unit": "kelvin"}
    assert (await keyed.tools.valves_spec(tool.id))["properties"].keys() == {"unit", "days"}
    with pytest.raises(BadRequestError, match="valves"):
        await keyed.tools.update_valves(tool.id, {"days": "many"})
    assert await keyed.tools.get_valves(tool.id) == {"unit": "kelvin"}


async def test_user_valves_are_each_users_own(keyed, make, server, tool):
    await keyed.tools.set_access(tool.id, "public")
    await keyed.tools.update_user_valves(tool.id, {"city": "Rom"})
    async with make(server.create_user().token) as other:
        assert await other.tools.get_user_valves(tool.id) == {}
        assert await other.tools.update_user_valves(tool.id, {"city": "Oslo"}) == {"city": "Oslo"}
        assert (await other.tools.user_valves_spec(tool.id))["properties"].keys() == {"city"}
    assert await keyed.tools.get_user_valves(tool.id) == {"city": "Rom"}


async def test_a_tool_without_valves_has_none_to_set(keyed, tool_id):
    await keyed.tools.create(tool_id, "class Tools:\n    pass\n")
    assert await keyed.tools.valves_spec(tool_id) == {}
    with pytest.raises(NotFoundError):
        await keyed.tools.update_valves(tool_id, {"x": 1})


@pytest.mark.needs(SCRIPT_VERSIONS)
async def test_former_versions_are_listed_read_restored_and_forgotten(keyed, tool):
    await keyed.tools.update(tool.id, SOURCE.replace("sunny", "rainy"), message="rain")
    both = await keyed.tools.history(tool.id)
    newest, oldest = sorted(both, key=lambda version: version.parent_id is None)
    assert (newest.commit_message, newest.parent_id) == ("rain", oldest.id)
    assert newest.created >= oldest.created
    assert "sunny" in (await keyed.tools.get_version(tool.id, oldest.id)).snapshot["content"]
    with pytest.raises(BadRequestError):
        await keyed.tools.delete_version(tool.id, newest.id)
    assert "sunny" in (await keyed.tools.restore(tool.id, oldest.id)).content
    await keyed.tools.delete_version(tool.id, newest.id)
    assert [version.id for version in await keyed.tools.history(tool.id)] == [oldest.id]
    assert await keyed.tools.history(tool.id, page=2) == []
    with pytest.raises(NotFoundError):
        await keyed.tools.get_version(tool.id, newest.id)


async def test_what_is_exported_can_be_imported_and_replaces_only_when_told(keyed, tool, tool_id):
    exported = next(one for one in await keyed.tools.export() if one.id == tool.id)
    assert exported.content == (await keyed.tools.get(tool.id)).content
    both = [
        {**exported, "id": f"{tool_id}_2", "name": "Copy"},
        {**exported, "content": SOURCE.replace("sunny", "x")},
    ]
    seen = []
    report = await keyed.tools.import_(both, progress=lambda done, total: seen.append((done, total)))
    assert report.succeeded == [f"{tool_id}_2"]
    assert [(failure.item, "registered" in failure.error) for failure in report.failed] == [(tool.id, True)]
    assert sorted(seen) == [(1, 2), (2, 2)]
    copy = await keyed.tools.get(f"{tool_id}_2")
    assert (copy.name, copy.content, copy.description) == ("Copy", exported.content, "Tells the weather")
    assert (await keyed.tools.import_(both, replace=True)).failed == []
    assert '"x"' in (await keyed.tools.get(tool.id)).content


async def test_keys_of_ones_own_are_imported_or_the_tool_is_not(keyed, server, tool, tool_id):
    exported = next(one for one in await keyed.tools.export() if one.id == tool.id)
    one = {**exported, "id": f"{tool_id}_2", "meta": {**exported.meta, "mine": 1}}
    report = await keyed.tools.import_([one])
    if parse(server.version) >= TOOL_META.since:
        assert (await keyed.tools.get(f"{tool_id}_2")).meta["mine"] == 1
    else:
        assert TOOL_META.name in report.failed[0].error
        with pytest.raises(NotFoundError):
            await keyed.tools.get(f"{tool_id}_2")


async def test_a_user_may_use_what_is_shared_and_change_nothing(keyed, make, server, tool):
    async with make(server.create_user().token) as other:
        with pytest.raises(PermissionDeniedError):
            await other.tools.get(tool.id)
        await keyed.tools.set_access(tool.id, "public")
        found = await other.tools.get(tool.id)
        assert (found.name, found.content, found.write_access) == ("Weather", None, False)
        assert tool.id in [one.id for one in await other.tools.list()]
        for call in (
            other.tools.update(tool.id, name="mine"),
            other.tools.delete(tool.id),
            other.tools.create(f"{tool.id}_2", SOURCE),
            other.tools.export(),
        ):
            with pytest.raises(PermissionDeniedError):
                await call
        if parse(server.version) >= GRANTS.since:  # before, the server tells them to everybody
            with pytest.raises(PermissionDeniedError):
                await other.tools.get_valves(tool.id)
    assert (await keyed.tools.get(tool.id)).name == "Weather"


async def test_a_user_may_not_publish_without_the_right(keyed, make, server, tool_id):
    async with permissions(keyed, "workspace", tools=True), make(server.create_user().token) as other:
        await other.tools.create(tool_id, SOURCE)
        if parse(server.version) >= GRANTS.since:
            with pytest.raises(PermissionDeniedError):
                await other.tools.set_access(tool_id, "public")
            assert (await other.tools.get(tool_id)).access_grants == []
        else:  # such servers let everybody publish
            assert len((await other.tools.set_access(tool_id, "public")).access_grants) == 1


async def test_a_model_that_is_given_an_installed_tool_calls_it(keyed, tool):
    question = {"role": "user", "content": 'weather {"city": "Bern"}'}
    body = {"model": "tool", "messages": [question], "tool_ids": [tool.id], "stream": False, "params": NATIVE}
    answer = await keyed.request("POST", "/api/chat/completions", json=body)
    called = answer["choices"][0]["message"]["tool_calls"][0]["function"]
    assert called == {"name": "weather", "arguments": '{"city": "Bern"}'}


@pytest.mark.needs(SCRIPT_VERSIONS)
async def test_a_difference_says_what_changed_from_one_version_to_another(keyed, tool):
    await keyed.tools.update(tool.id, SOURCE.replace("sunny", "rainy"), name="Rain")
    newest, oldest = sorted(await keyed.tools.history(tool.id), key=lambda version: version.parent_id is None)
    found = await keyed.tools.diff(tool.id, oldest.id, newest.id)
    assert found.metadata["name"] == {"before": tool.name, "after": "Rain"}
    lines = [line for line in found.content_diff.splitlines() if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    assert ["sunny" in line for line in lines if line[0] == "-"] == [True]
    assert ["rainy" in line for line in lines if line[0] == "+"] == [True]
    with pytest.raises(NotFoundError):
        await keyed.tools.diff(tool.id, oldest.id, "nobody")


async def test_the_server_fetches_a_source_for_an_administrator_only(keyed, make, server):
    address = f"{server.url}/api/version"
    for loaded in (await keyed.tools.load(address), await keyed.functions.load(address)):
        assert (loaded.name, server.version in loaded.content) == ("api", True)
    async with make(server.create_user().token) as other:
        for call in (other.tools.load(address), other.functions.load(address)):
            with pytest.raises(PermissionDeniedError):
                await call
