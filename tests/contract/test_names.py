import inspect

import pytest

import openwebui_chat_client
from openwebui_chat_client import AsyncOpenWebUIClient, OpenWebUIClient

OPTIONS = (
    "folder_name, image_paths, tags, rag_files, rag_collections, tool_ids, "
    "enable_follow_up, enable_auto_tagging, enable_auto_titling"
)
TASK = "knowledge_base_name, max_iterations, summarize_history, decision_model_id"
TALK = OPTIONS.replace("enable_follow_up, ", "")
FLAT = {  # name: the parameters of the original that may be positional, in its order, those it does not need after "/"
    "chat": f"question / chat_title, model_id, {OPTIONS}",
    "stream_chat": f"question / chat_title, model_id, {OPTIONS}",
    "parallel_chat": f"question / chat_title, model_ids, {OPTIONS}",
    "continuous_chat": f"initial_question, num_questions / chat_title, model_id, {TALK}",
    "continuous_stream_chat": f"initial_question, num_questions / chat_title, model_id, {TALK}",
    "continuous_parallel_chat": f"initial_question, num_questions / chat_title, model_ids, {TALK}",
    "deep_research": "topic / chat_title, num_steps, general_models, search_models",
    "process_task": f"question, model_id, tool_server_ids / {TASK}",
    "stream_process_task": f"question, model_id, tool_server_ids / {TASK}",
    "rename_chat": "chat_id, new_title /",
    "set_chat_tags": "chat_id, tags /",
    "update_chat_metadata": "chat_id / regenerate_tags, regenerate_title, title, tags, folder_name",
    "switch_chat_model": "chat_id / new_model_id",
    "create_folder": "/ folder_name",
    "list_chats": "/ page",
    "get_chats_by_folder": "folder_id /",
    "archive_chat": "chat_id /",
    "archive_chats_by_age": "/ days_since_update, folder_name, dry_run",
    "list_models": "/",
    "list_base_models": "/",
    "list_groups": "/",
    "get_model": "model_id /",
    "delete_model": "model_id /",
    "create_model": "/ model_config",
    "update_model": "model_id / access_control",
    "batch_update_model_permissions": (
        "/ model_identifiers, model_keyword, permission_type, group_identifiers, user_ids, max_workers"
    ),
    "create_knowledge_base": "name / description",
    "get_knowledge_base_by_name": "name /",
    "add_file_to_knowledge_base": "/ kb_id, file_path",
    "delete_knowledge_base": "kb_id /",
    "delete_all_knowledge_bases": "/",
    "delete_knowledge_bases_by_keyword": "keyword / case_sensitive",
    "create_knowledge_bases_with_files": "/ kb_file_mapping, max_workers",
    "get_notes": "/",
    "get_notes_list": "/",
    "get_note_by_id": "note_id /",
    "delete_note_by_id": "note_id /",
    "create_note": "title / data, meta, access_control",
    "update_note_by_id": "note_id / title, data, meta, access_control",
    "get_folder_id_by_name": "name / suppress_log",
    "move_chat_to_folder": "chat_id, folder_id /",
    "delete_all_chats": "/",
    "list_custom_models": "/",
    "upload_file": "file_path /",
    "get_prompts": "/",
    "get_prompts_list": "/",
    "create_prompt": "command, title, content / access_control",
    "get_prompt_by_command": "command /",
    "update_prompt_by_command": "command / title, content, access_control",
    "replace_prompt_by_command": "old_command, new_command, title, content / access_control",
    "delete_prompt_by_command": "command /",
    "search_prompts": "/ query, by_command, by_title, by_content",
    "extract_variables": "content /",
    "substitute_variables": "content, variables / system_variables",
    "get_system_variables": "/",
    "batch_create_prompts": "prompts_data / continue_on_error",
    "batch_delete_prompts": "commands / continue_on_error",
    "get_users": "/ skip, limit",
    "get_user_by_id": "user_id /",
    "update_user_role": "user_id, role /",
    "delete_user": "user_id /",
}


def named(text: str) -> list[str]:
    return [name for name in text.replace("/", "").replace(" ", "").split(",") if name]


@pytest.fixture(params=[OpenWebUIClient, AsyncOpenWebUIClient])
def client(request):
    """A client of either colour; nothing is sent."""
    return request.param("http://server.test", "sk-x", "m")


def parameters(called) -> list[inspect.Parameter]:
    return list(inspect.signature(called).parameters.values())


def public(client) -> dict[str, str | None]:
    """Each public name, with the signature of what is called."""
    members = {name: getattr(client, name) for name in dir(client) if not name.startswith("_")}
    return {name: str(inspect.signature(member)) if callable(member) else None for name, member in members.items()}


@pytest.mark.parametrize("name", FLAT)
def test_a_flat_name_has_the_originals_parameters_in_its_order(client, name):
    needed, _, optional = FLAT[name].partition("/")
    found = [one for one in parameters(getattr(client, name)) if one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    names = [*named(needed), *named(optional)]
    assert [one.name for one in found][: len(names)] == names
    assert [one.name for one in found if one.default is inspect.Parameter.empty] == named(needed)


def test_a_client_is_made_with_the_originals_three_arguments_in_its_order(client):
    named = [found.name for found in parameters(type(client)) if found.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    assert named == ["base_url", "token", "default_model_id"]
    type(client)("http://server.test", "sk-x", "m", skip_model_refresh=True)


def test_both_clients_have_the_same_public_names_with_the_same_signatures():
    blocking, awaited = (public(kind("http://server.test", "sk-x")) for kind in (OpenWebUIClient, AsyncOpenWebUIClient))
    assert blocking == awaited
    assert FLAT.keys() <= blocking.keys()


def test_every_public_name_is_there_and_listed_once():
    names = openwebui_chat_client.__all__
    assert len(set(names)) == len(names)
    assert [name for name in names if not hasattr(openwebui_chat_client, name)] == []


def test_every_type_that_users_may_name_is_in_one_place():
    from openwebui_chat_client import types
    from openwebui_chat_client._records import Record
    from openwebui_chat_client.turns.events import TurnEvent

    answers_of_the_server = {"Dated", "Accepted", "ModelList", "RunningTasks", "UserPage", "Plugin"}
    found = {
        kind.__name__ for kind in every_subclass(Record) | every_subclass(TurnEvent) if "local" not in kind.__module__
    }
    assert {name for name in found if not name.startswith("_")} - answers_of_the_server - set(types.__all__) == set()


def every_subclass(kind):
    below = {one for one in kind.__subclasses__() if one.__module__.startswith("openwebui_chat_client")}
    return below.union(*map(every_subclass, below))
