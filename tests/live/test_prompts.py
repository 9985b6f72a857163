import uuid
from datetime import date

import pytest

from openwebui_chat_client import (
    AmbiguousNameError,
    BadRequestError,
    ConflictError,
    NameNotFoundError,
    NotFoundError,
    PermissionDeniedError,
)
from openwebui_chat_client._server import (
    GRANTS,
    PROMPT_IDS,
    PROMPT_SWITCHES,
    PROMPT_TAGS,
    PROMPT_VERSIONS,
    VERSION_DIFFS,
    parse,
)
from settings import permissions

TEXT = 'Plan {{day | date:required}} for {{who | select:options=["me","you"]:default=me}}'


@pytest.fixture
def command() -> str:
    return f"cmd-{uuid.uuid4().hex}"


@pytest.fixture
async def prompt(keyed, command):
    return await keyed.prompts.create(command, "Plan", TEXT)


async def test_a_prompt_is_kept_as_it_was_given_and_is_private(keyed, command):
    made = await keyed.prompts.create(f"/{command}", "Plan", TEXT)
    found = await keyed.prompts.get(made.id)
    assert (found.command, found.name, found.content, found.tags) == (command, "Plan", TEXT, [])
    assert (found.access_grants, found.is_active, found.write_access) == ([], True, True)
    assert found.updated.year >= 2024
    assert made.id in [one.id for one in await keyed.prompts.list()]


async def test_an_update_changes_what_is_given_and_nothing_else(keyed, prompt, command):
    await keyed.prompts.set_access(prompt.id, "public")
    await keyed.prompts.update(prompt.id, name="Other")
    await keyed.prompts.update(prompt.id, content="New {{x}}")
    found = await keyed.prompts.get(prompt.id)
    assert (found.command, found.name, found.content) == (command, "Other", "New {{x}}")
    assert len(found.access_grants) == 1
    moved = await keyed.prompts.update(prompt.id, command=f"/{command}-2")
    found = await keyed.prompts.get(moved.id)
    assert (found.command, found.name, len(found.access_grants)) == (f"{command}-2", "Other", 1)
    assert await keyed.prompts.find(command) is None


@pytest.mark.needs(PROMPT_TAGS)
async def test_tags_are_kept_listed_searched_and_taken_away(keyed, command):
    made = await keyed.prompts.create(command, "Plan", TEXT, tags=["plans", command])
    await keyed.prompts.create(f"{command}-2", "Plan", TEXT)
    await keyed.prompts.update(made.id, name="Other")
    assert (await keyed.prompts.get(made.id)).tags == ["plans", command]
    assert command in await keyed.prompts.tags()
    assert [one.id async for one in keyed.prompts.search(tag=command)] == [made.id]
    await keyed.prompts.update(made.id, tags=[])
    found = await keyed.prompts.get(made.id)
    assert (found.name, found.tags) == ("Other", [])


@pytest.mark.needs(PROMPT_IDS)
async def test_the_command_of_somebody_elses_prompt_is_changed_only_where_it_stays_theirs(keyed, make, server, command):
    async with make(server.create_user(role="admin").token) as other:
        theirs = await other.prompts.create(command, "Plan", TEXT)
    changed = await keyed.replace_prompt_by_command(command, f"{command}-2", "Plan", TEXT)
    assert (changed.id, changed.user_id) == (theirs.id, theirs.user_id)


async def test_a_prompt_is_found_by_its_command_with_or_without_a_slash_and_never_by_a_part(keyed, prompt, command):
    assert (await keyed.prompts.find(command)).id == (await keyed.prompts.find(f"/{command}")).id == prompt.id
    await keyed.prompts.create(f"{command}-longer", "Plan", TEXT)
    assert (await keyed.prompts.find(command)).id == prompt.id
    assert await keyed.prompts.find(command[:-1]) is None
    assert await keyed.prompts.find(command.upper()) is None


@pytest.mark.usefixtures("prompt")
async def test_a_command_that_is_taken_is_a_conflict_with_and_without_a_slash(keyed, command):
    for taken in (command, f"/{command}"):
        with pytest.raises(ConflictError):
            await keyed.prompts.create(taken, "Other", "Other")
    other = await keyed.prompts.create(f"{command}-2", "Other", "Other")
    with pytest.raises(ConflictError):
        await keyed.prompts.update(other.id, command=command)
    assert (await keyed.prompts.get(other.id)).command == f"{command}-2"


async def test_one_command_with_and_one_without_a_slash_are_ambiguous(keyed, server, prompt, command):
    has_ids = parse(server.version) >= PROMPT_IDS.since
    other = f"/{command}" if has_ids else command  # the one of the two that we do not store
    body = {"command": other, "name": "Old", "title": "Old", "content": "Old"}
    await keyed.request("POST", "/api/v1/prompts/create", json=body)
    with pytest.raises(AmbiguousNameError) as caught:
        await keyed.prompts.find(command)
    assert {match["content"] for match in caught.value.matches} == {TEXT, "Old"}
    await keyed.prompts.delete(prompt.id)
    assert (await keyed.prompts.find(command)).content == "Old"
    if has_ids:
        await keyed.delete_prompt_by_command(command)
        assert await keyed.prompts.find(command) is None
    else:  # no route of such a server leads to it
        with pytest.raises(NotFoundError):
            await keyed.delete_prompt_by_command(command)


async def test_a_search_walks_all_pages_and_finds_by_text(keyed, command):
    for number in range(31):
        await keyed.prompts.create(f"{command}-{number}", f"Name {number}", "Text")
    assert len({one.id async for one in keyed.prompts.search(command)}) == 31
    assert len([one async for one in keyed.prompts.search(f"{command}-3")]) == 2
    first = await anext(aiter(keyed.prompts.search(f"{command}-30")))
    assert (first.name, first.user["role"], first.write_access) == ("Name 30", "admin", True)
    assert first.id in [one.id async for one in keyed.prompts.search(first.user["email"].upper())]


@pytest.mark.needs(PROMPT_SWITCHES)
async def test_switching_off_says_what_it_shall_be_and_hides_but_keeps(keyed, prompt, command):
    for _ in range(2):
        assert (await keyed.prompts.disable(prompt.id)).is_active is False
    assert prompt.id not in [one.id for one in await keyed.prompts.list()]
    assert (await keyed.prompts.find(command)).id == prompt.id
    for _ in range(2):
        assert (await keyed.prompts.enable(prompt.id)).is_active is True
    assert prompt.id in [one.id for one in await keyed.prompts.list()]
    with pytest.raises(NotFoundError):
        await keyed.prompts.enable("none")


@pytest.mark.needs(PROMPT_VERSIONS)
async def test_former_versions_are_listed_read_restored_and_forgotten(keyed, prompt):
    changed = await keyed.prompts.update(prompt.id, content="Second", message="second")
    assert changed.updated >= changed.created
    both = await keyed.prompts.history(prompt.id)
    assert {version.snapshot["content"] for version in both} == {TEXT, "Second"}
    assert await keyed.prompts.history(prompt.id, page=2) == []
    assert (await keyed.prompts.get_version(prompt.id, changed.version_id)).commit_message == "second"
    with pytest.raises(BadRequestError):
        await keyed.prompts.delete_version(prompt.id, changed.version_id)
    assert (await keyed.prompts.restore(prompt.id, prompt.version_id)).content == TEXT
    await keyed.prompts.delete_version(prompt.id, changed.version_id)
    assert [version.id for version in await keyed.prompts.history(prompt.id)] == [prompt.version_id]
    assert (await keyed.prompts.get(prompt.id)).content == TEXT
    with pytest.raises(NotFoundError):
        await keyed.prompts.history("none")


@pytest.mark.needs(PROMPT_VERSIONS)
async def test_a_word_on_a_new_prompt_is_in_the_list_of_versions(keyed, command):
    made = await keyed.prompts.create(command, "Plan", TEXT, message="first")
    assert [version.commit_message for version in await keyed.prompts.history(made.id)] == ["first"]


@pytest.mark.needs(VERSION_DIFFS)
async def test_a_difference_says_what_changed_from_one_version_to_another(keyed, prompt):
    with pytest.raises(NotFoundError):
        await keyed.prompts.diff(prompt.id, "nobody", "none")
    changed = await keyed.prompts.update(prompt.id, content="Second", name="Other")
    found = await keyed.prompts.diff(prompt.id, prompt.version_id, changed.version_id)
    assert found.metadata == {"name": {"before": "Plan", "after": "Other"}}
    assert found.content_diff.splitlines()[-2:] == [f"-{TEXT}", "+Second"]
    with pytest.raises(NotFoundError):
        await keyed.prompts.diff(prompt.id, prompt.version_id, "nobody")


async def test_a_prompt_is_gone_once_deleted(keyed, prompt):
    await keyed.prompts.delete(prompt.id)
    for call in (keyed.prompts.get, keyed.prompts.delete):
        with pytest.raises(NotFoundError):
            await call(prompt.id)
    with pytest.raises(NotFoundError):
        await keyed.prompts.update(prompt.id, name="x")


async def test_a_prompt_is_filled_in_and_asked(keyed, prompt, title):
    asked = await keyed.prompts.variables(prompt.content)
    assert [(one.name, one.type, one.required, one.default) for one in asked] == [
        ("day", "date", True, None),
        ("who", "select", False, "me"),
    ]
    text = await keyed.prompts.fill(prompt.content, {"day": date(2026, 1, 31)})
    assert text == "Plan 2026-01-31 for me"
    assert text in (await keyed.chat(text, title))["response"]


async def test_a_user_reads_what_is_shared_and_says_why_he_may_not_change_it(keyed, make, server, prompt, command):
    async with make(server.create_user().token) as other:
        with pytest.raises(NotFoundError):
            await other.prompts.get(prompt.id)
        assert await other.get_prompt_by_command(command) is None
        await keyed.prompts.set_access(prompt.id, "public")
        assert (await other.prompts.get(prompt.id)).write_access is False
        assert (await other.get_prompt_by_command(command))["content"] == TEXT
        for call in (
            other.prompts.create(f"{command}-2", "Name", "Text"),
            other.prompts.update(prompt.id, name="x"),
            other.prompts.set_access(prompt.id, "private"),
            other.prompts.delete(prompt.id),
        ):
            with pytest.raises(PermissionDeniedError):
                await call
    assert (await keyed.prompts.get(prompt.id)).name == "Plan"


async def test_a_user_may_not_publish_without_the_right(keyed, make, server, command):
    async with permissions(keyed, "workspace", prompts=True), make(server.create_user().token) as other:
        made = await other.prompts.create(command, "Plan", TEXT)
        if parse(server.version) >= GRANTS.since:
            with pytest.raises(PermissionDeniedError):
                await other.prompts.set_access(made.id, "public")
            assert (await other.prompts.get(made.id)).access_grants == []
        else:  # such servers let everybody publish
            assert len((await other.prompts.set_access(made.id, "public")).access_grants) == 1


async def test_the_originals_names_work_as_they_did(keyed, command):
    made = await keyed.create_prompt(f"/{command}", "Title", "Text {{a}}")
    assert (made["command"], made["title"], made["name"]) == (f"/{command}", "Title", "Title")
    assert (await keyed.get_prompt_by_command(command))["id"] == made["id"]
    assert (await keyed.get_prompt_by_command(f"/{command}"))["access_grants"] == []
    assert f"/{command}" in [one["command"] for one in await keyed.get_prompts()]
    assert next(one for one in await keyed.get_prompts_list() if one["id"] == made["id"])["user"]["role"] == "admin"
    changed = await keyed.update_prompt_by_command(command, content="Other", access_control="public")
    assert (changed["title"], changed["content"], len(changed["access_grants"])) == ("Title", "Other", 1)
    with pytest.raises(ConflictError):
        await keyed.create_prompt(command, "Title", "Text")
    assert await keyed.delete_prompt_by_command(command) is True
    assert await keyed.get_prompt_by_command(command) is None
    for call in (keyed.delete_prompt_by_command(command), keyed.update_prompt_by_command(command, "x")):
        with pytest.raises(NameNotFoundError):
            await call


async def test_flat_prompts_have_the_same_keys_on_every_server(keyed, command):
    common = {"id", "command", "name", "title", "content", "user_id", "tags", "data", "meta", "is_active"}
    common |= {"version_id", "access_grants", "created_at", "updated_at"}
    found = {*common, "user", "write_access"}
    assert (await keyed.create_prompt(command, "Title", "Text")).keys() == common
    assert (await keyed.update_prompt_by_command(command, "Other", access_control="public")).keys() == common
    assert {frozenset(one) for one in await keyed.get_prompts()} == {frozenset(common)}
    assert (await keyed.get_prompt_by_command(command)).keys() == found
    assert {frozenset(one) for one in await keyed.get_prompts_list()} == {frozenset(found)}
    assert (await keyed.replace_prompt_by_command(command, f"{command}-2", "T", "C")).keys() == common


async def test_replacing_changes_the_command_too_and_never_loses_the_old_one(keyed, prompt, command):
    await keyed.prompts.set_access(prompt.id, "public")
    await keyed.prompts.create(f"{command}-taken", "Other", "Other")
    with pytest.raises(ConflictError):
        await keyed.replace_prompt_by_command(command, f"/{command}-taken", "New", "New")
    assert (await keyed.prompts.get(prompt.id)).content == TEXT
    made = await keyed.replace_prompt_by_command(command, f"/{command}-new", "New", "New text")
    assert (made["command"], made["title"], made["content"]) == (f"/{command}-new", "New", "New text")
    assert len(made["access_grants"]) == 1
    assert await keyed.get_prompt_by_command(command) is None
    same = await keyed.replace_prompt_by_command(f"{command}-new", f"{command}-new", "Same", "Text", {})
    assert (same["id"], same["title"], same["access_grants"]) == (made["id"], "Same", [])
    with pytest.raises(NameNotFoundError):
        await keyed.replace_prompt_by_command(command, f"{command}-x", "New", "New")


async def test_a_search_of_the_original_looks_into_the_chosen_fields_only(keyed, command):
    await keyed.create_prompt(f"{command}-Übung", f"Title-ÄB-{command}", f"Content-%_-{command}")
    for query, chosen, found in (
        (f"title-äb-{command}", {}, 1),
        (f"/{command}-übung", {}, 0),
        (f"/{command}-übung", {"by_command": True, "by_title": False}, 1),
        (f"CONTENT-%_-{command}", {"by_content": True}, 1),
        (f"content-xx-{command}", {"by_content": True}, 0),
    ):
        assert len(await keyed.search_prompts(query, **chosen)) == found
    assert len(await keyed.search_prompts()) == len(await keyed.get_prompts()) >= 1


@pytest.mark.usefixtures("prompt")
async def test_many_are_made_and_deleted_with_a_report_for_each(keyed, command):
    entries = [{"command": f"{command}-{number}", "title": str(number), "content": "c"} for number in range(12)]
    entries.insert(5, {"command": f"/{command}", "title": "taken", "content": "c", "access_control": {}})
    report = await keyed.batch_create_prompts(entries)
    assert [one["title"] for one in report["success"]] == [str(number) for number in range(12)]
    assert [(one["data"], report["total"]) for one in report["failed"]] == [(entries[5], 13)]
    assert command in report["failed"][0]["error"]
    gone = await keyed.batch_delete_prompts([f"{command}-0", "/nobody", f"/{command}-1"])
    assert (gone["success"], gone["total"]) == ([f"{command}-0", f"/{command}-1"], 3)
    assert [one["command"] for one in gone["failed"]] == ["/nobody"]
    assert len([one async for one in keyed.prompts.search(command)]) == 11


@pytest.mark.usefixtures("prompt")
async def test_without_continuing_the_first_failure_is_the_last_thing_done(keyed, command):
    entries = [{"command": name, "title": "t", "content": "c"} for name in (f"{command}-0", command, f"{command}-1")]
    report = await keyed.batch_create_prompts(entries, continue_on_error=False)
    assert ([one["command"] for one in report["success"]], len(report["failed"])) == ([f"/{command}-0"], 1)
    assert await keyed.get_prompt_by_command(f"{command}-1") is None
    gone = await keyed.batch_delete_prompts(["nobody", command], False)
    assert (gone["success"], len(gone["failed"]), gone["total"]) == ([], 1, 2)
    assert await keyed.get_prompt_by_command(command) is not None


async def test_variables_of_the_original(keyed):
    content = "{{b}} {{ a | number }} {{CURRENT_DATE}} {{b}}"
    assert await keyed.extract_variables(content) == ["b", "a", "CURRENT_DATE"]
    assert await keyed.substitute_variables(content, {"b": "{{a}}", "c": "x"}) == "{{a}} {{ a | number }} {{CURRENT_DATE}} {{a}}"  # fmt: skip  # noqa: E501 - text and result in one view
    system = await keyed.get_system_variables()
    assert (await keyed.substitute_variables("{{CURRENT_DATE}}", {}, system)) == system["CURRENT_DATE"]
    assert system["CURRENT_DATETIME"] == f"{system['CURRENT_DATE']} {system['CURRENT_TIME']}"
    assert system.keys() >= {"CURRENT_TIMEZONE", "CURRENT_WEEKDAY"}
