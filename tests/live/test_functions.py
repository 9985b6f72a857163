import uuid

import pytest

from openwebui_chat_client import BadRequestError, ConflictError, NotFoundError, PermissionDeniedError
from openwebui_chat_client._server import SCRIPT_VERSIONS, Version, parse

SOURCE = '''"""
title: Shouter
description: Says everything louder
"""

from pydantic import BaseModel


class Filter:
    class Valves(BaseModel):
        word: str = "LOUD"

    def __init__(self):
        self.valves = self.Valves()

    def inlet(self, body: dict) -> dict:
        message = body["messages"][-1]
        message["content"] = f"{self.valves.word} {message['content']}"
        return body
'''


@pytest.fixture
def function_id() -> str:
    return f"function_{uuid.uuid4().hex}"


@pytest.fixture
async def function(keyed, function_id):
    yield await keyed.functions.create(function_id, SOURCE)
    if function_id in [one.id for one in await keyed.functions.list()]:
        await keyed.functions.delete(function_id)


async def test_a_filter_is_made_of_its_source_and_does_not_work_yet(keyed, function):
    found = await keyed.functions.get(function.id)
    assert (found.name, found.type, found.description) == ("Shouter", "filter", "Says everything louder")
    assert (found.is_active, found.is_global, found.content) == (False, False, SOURCE)
    listed = next(one for one in await keyed.functions.list() if one.id == function.id)
    assert (listed.type, listed.content) == ("filter", None)


async def test_switching_on_and_off_says_what_it_shall_be_and_not_the_other(keyed, function):
    for _ in range(2):
        assert (await keyed.functions.enable(function.id)).is_active is True
        assert (await keyed.functions.set_global(function.id, is_global=True)).is_global is True
    found = await keyed.functions.get(function.id)
    assert (found.is_active, found.is_global) == (True, True)
    for _ in range(2):
        assert (await keyed.functions.disable(function.id)).is_active is False
        assert (await keyed.functions.set_global(function.id, is_global=False)).is_global is False
    found = await keyed.functions.get(function.id)
    assert (found.is_active, found.is_global) == (False, False)


async def test_a_filter_that_was_deployed_changes_what_the_model_gets(keyed, function_id, tmp_path, title):
    file = tmp_path / f"{function_id}.py"
    file.write_text(SOURCE)
    model = f"filtered-{function_id}"
    assert (await keyed.functions.deploy(file)).change == "created"
    await keyed.functions.enable(function_id)
    await keyed.functions.update_valves(function_id, {"word": "VERY LOUD"})
    meta = {"filterIds": [function_id]}
    await keyed.models.create({"id": model, "name": model, "base_model_id": "echo", "meta": meta, "params": {}})
    try:
        assert "VERY LOUD hello" in (await keyed.chat("hello", title, model_id=model))["response"]
    finally:
        await keyed.functions.delete(function_id)


async def test_deploying_again_leaves_it_switched_on(keyed, function, tmp_path):
    file = tmp_path / f"{function.id}.py"
    file.write_text(SOURCE.replace("LOUD", "LOUDER"))
    await keyed.functions.enable(function.id)
    assert (await keyed.functions.deploy(file)).change == "updated"
    assert (await keyed.functions.deploy(file)).change == "unchanged"
    found = await keyed.functions.get(function.id)
    assert (found.is_active, "LOUDER" in found.content) == (True, True)


async def test_valves_are_as_those_of_tools(keyed, server, function):
    assert await keyed.functions.get_valves(function.id) == {}
    assert await keyed.functions.update_valves(function.id, {"word": "HEY"}) == {"word": "HEY"}
    assert (await keyed.functions.valves_spec(function.id))["properties"].keys() == {"word"}
    assert await keyed.functions.get_user_valves(function.id) == {}
    assert await keyed.functions.user_valves_spec(function.id) == {}
    looks_first = parse(server.version) >= Version(0, 11)
    with pytest.raises(BadRequestError if looks_first else NotFoundError, match=r"not active|could not find"):
        await keyed.functions.update_user_valves(function.id, {"word": "x"})


async def test_an_update_brings_the_front_matter_along(keyed, function):
    changed = await keyed.functions.update(function.id, SOURCE.replace("louder", "softer"))
    assert (changed.name, changed.description) == ("Shouter", "Says everything softer")
    assert (await keyed.functions.update(function.id, name="Other")).name == "Other"
    found = await keyed.functions.get(function.id)
    assert (found.name, found.description, "softer" in found.content) == ("Other", "Says everything softer", True)


@pytest.mark.needs(SCRIPT_VERSIONS)
async def test_former_versions_are_as_those_of_tools(keyed, function):
    assert len(await keyed.functions.history(function.id)) == 1
    first = (await keyed.functions.get(function.id)).version_id
    changed = await keyed.functions.update(function.id, SOURCE.replace("louder", "softer"), message="soft")
    assert changed.description == "Says everything softer"
    assert len(await keyed.functions.history(function.id)) == 2
    saved = await keyed.functions.get_version(function.id, changed.version_id)
    assert "softer" in saved.snapshot["content"]
    found = await keyed.functions.diff(function.id, first, changed.version_id)
    assert "-description: Says everything louder\n+description: Says everything softer" in found.content_diff
    assert (await keyed.functions.restore(function.id, first)).content == SOURCE
    await keyed.functions.delete_version(function.id, changed.version_id)
    assert [version.id for version in await keyed.functions.history(function.id)] == [first]


async def test_what_is_exported_can_be_imported(keyed, function):
    await keyed.functions.update_valves(function.id, {"word": "HEY"})
    plain = next(one for one in await keyed.functions.export() if one.id == function.id)
    full = next(one for one in await keyed.functions.export(include_valves=True) if one.id == function.id)
    assert ("valves" in plain, full["valves"]) == (False, {"word": "HEY"})
    report = await keyed.functions.import_([plain])
    assert (report.succeeded, report.failed[0].item) == ([], function.id)
    await keyed.functions.delete(function.id)
    assert (await keyed.functions.import_([plain])).succeeded == [function.id]
    assert (await keyed.functions.get(function.id)).content == SOURCE


async def test_errors_say_what_is_wrong(keyed, function, function_id):
    with pytest.raises(ConflictError):
        await keyed.functions.create(function.id, SOURCE)
    with pytest.raises(BadRequestError):
        await keyed.functions.create(f"{function_id}_2", "nothing = 1")
    with pytest.raises(BadRequestError, match=r"No Function class|updating function"):
        await keyed.functions.update(function.id, "nothing = 1")
    await keyed.functions.delete(function.id)
    for call in (
        keyed.functions.get,
        keyed.functions.delete,
        keyed.functions.enable,
        keyed.functions.get_valves,
    ):
        with pytest.raises(NotFoundError):
            await call(function.id)


async def test_a_user_sees_the_names_and_may_do_nothing(keyed, make, server, function):
    async with make(server.create_user().token) as other:
        assert function.id in [one.id for one in await other.functions.list()]
        for call in (
            other.functions.get(function.id),
            other.functions.create(f"{function.id}_2", SOURCE),
            other.functions.delete(function.id),
            other.functions.enable(function.id),
            other.functions.export(),
        ):
            with pytest.raises(PermissionDeniedError):
                await call
    assert (await keyed.functions.get(function.id)).is_active is False
