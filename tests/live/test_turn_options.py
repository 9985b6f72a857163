import hashlib
import json
import struct
import uuid
import zlib

import pytest

from openwebui_chat_client import BadRequestError, NameNotFoundError, NotFoundError
from openwebui_chat_client._messages import branch, messages, text_of
from openwebui_chat_client.turns.events import (
    FollowUpsSuggested,
    SourcesFound,
    TagsChanged,
    TextDelta,
    TitleChanged,
    ToolCalled,
)

ADDER = '''
class Tools:
    def add_numbers(self, a: int, b: int) -> str:
        """
        Add two numbers.
        :param a: the first
        :param b: the second
        """
        return f"the sum is {a + b}"
'''


def png(red, green, blue):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes([0, red, green, blue]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.fixture
def image(tmp_path):
    """An image whose name lies."""
    path = tmp_path / "picture.jpg"
    path.write_bytes(png(255, *uuid.uuid4().bytes[:2]))
    return path


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "facts.txt"
    path.write_text(f"The zebra lives in Kenya.\nThe capital of Peru is Lima.\n{uuid.uuid4()}\n")
    return path


def seen(turn):
    """What the model `images` says that it got."""
    return [(found["mime"], found["sha256"]) for found in json.loads(turn.response)["images"]]


async def test_an_image_reaches_the_model_as_what_it_is_and_stays_in_the_history(client, title, image):
    sent = ("image/png", hashlib.sha256(image.read_bytes()).hexdigest())
    first = await client.chat("What is this?", title, model_id="images", image_paths=image)
    second = await client.chat("And now?", title)
    assert seen(first) == seen(second) == [sent]
    question = branch((await client.chats.get(first.chat_id)).chat)[0]
    assert [(item["type"], item["name"]) for item in question["files"]] == [("image", "picture.png")]


async def test_several_images_come_in_their_order(client, title, tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(png(number, *uuid.uuid4().bytes[:2]))
    turn = await client.chat("Which?", title, model_id="images", image_paths=map(str, paths))
    assert [digest for _, digest in seen(turn)] == [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


async def test_an_image_needs_no_words(client, title, image):
    turn = await client.chat("", title, model_id="images", image_paths=image)
    assert len(seen(turn)) == 1
    assert len(messages((await client.chats.get(turn.chat_id)).chat)) == 2


async def test_the_answer_rests_on_a_file_and_later_answers_still_do(client, title, document):
    turn = await client.chat("What is the capital of Peru?", title, model_id="context", rag_files=document)
    assert "Lima" in turn.response
    (source,) = turn.sources
    (passage,) = source.passages
    assert "capital of Peru" in passage.text
    assert (passage.file, 0 < passage.distance <= 1) == ("facts.txt", True)
    later = await client.chat("Where lives the zebra?", title)
    assert "Kenya" in later.response
    assert later.sources[0].passages[0].file == "facts.txt"
    chat = (await client.chats.get(turn.chat_id)).chat
    assert [item["name"] for item in chat["files"]] == ["facts.txt"]
    assert [item["name"] for item in branch(chat)[0]["files"]] == ["facts.txt"]


async def test_one_client_uploads_the_same_content_once(client, title, document, image):
    options = {"rag_files": document, "image_paths": image}
    turns = [await client.chat("Peru?", f"{title} {n}", model_id="context", **options) for n in range(2)]
    ids = [[item["id"] for item in branch((await client.chats.get(turn.chat_id)).chat)[0]["files"]] for turn in turns]
    assert ids[0] == ids[1]
    await client.files.delete(ids[0][1])
    again = await client.chat("Peru?", f"{title} again", model_id="context", **options)
    assert "Lima" in again.response


async def test_a_knowledge_base_is_taken_by_name_or_by_id(client, title, document):
    base = await client.knowledge.create(f"Base {title}", "facts")
    file = await client.files.upload(document)
    await client.request("POST", f"/api/v1/knowledge/{base.id}/file/add", json={"file_id": file.id})
    for number, which in enumerate((base.name, base.id)):
        turn = await client.chat(
            "What is the capital of Peru?", f"{title} {number}", model_id="context", rag_collections=which
        )
        assert "Lima" in turn.response
        assert turn.sources[0].source["id"] == base.id


async def test_files_on_the_server_and_plain_texts_are_attached_too(client, title, document):
    file = await client.files.upload(document)
    text = {"type": "text", "name": "note", "content": "The okapi lives in the Congo."}
    turn = await client.chat("Where lives the okapi?", title, model_id="context", files=[file.id, text])
    assert "Congo" in turn.response
    assert "Kenya" in (await client.chat("Where lives the zebra?", title)).response


@pytest.mark.parametrize(
    ("options", "kind"), [({"rag_collections": "nope"}, "knowledge base"), ({"tool_ids": ["nope"]}, "tool")]
)
async def test_what_is_not_there_fails_before_the_model_is_asked(client, title, options, kind):
    with pytest.raises(NameNotFoundError) as caught:
        await client.chat("Hi", title, **options)
    assert (caught.value.kind, caught.value.name) == (kind, "nope")
    assert await client.chats.find(title) is None


async def test_a_file_that_cannot_be_read_fails_with_the_servers_reason_and_leaves_nothing(client, title, tmp_path):
    broken = tmp_path / f"{uuid.uuid4().hex}.pdf"
    broken.write_bytes(b"%PDF-1.7 this is none")
    with pytest.raises(BadRequestError, match="cannot be processed"):
        await client.chat("Hi", title, rag_files=broken)
    assert await client.chats.find(title) is None
    assert [file async for file in client.files.search(broken.name)] == []


async def test_an_upload_for_a_question_that_is_refused_is_taken_back(client, title, document):
    name = document.rename(document.with_name(f"{uuid.uuid4().hex}.txt"))
    with pytest.raises(NotFoundError):
        await client.chat("Hi", title, model_id="nope", rag_files=name)
    assert [file async for file in client.files.search(name.name)] == []


@pytest.fixture(scope="session")
def adder(server):
    """A real tool on the server."""
    from openwebui_chat_client import OpenWebUIClient

    with OpenWebUIClient(server.url, server.token) as admin:
        return admin.tools.create("turn_adder", ADDER, name="Adder").id


@pytest.mark.parametrize("params", [{}, {"function_calling": "legacy"}])
async def test_the_server_runs_a_tool_and_the_answer_and_the_result_show_it(client, title, adder, params):
    question = 'add_numbers {"a": 2, "b": 40}'
    turn = await client.chat(question, title, model_id="tool", tool_ids=adder, params=params)
    assert turn.response == "Tool said: the sum is 42"
    (call,) = turn.tool_calls
    assert call.name.endswith("add_numbers")
    assert (call.arguments, call.result) == ({"a": 2, "b": 40}, "the sum is 42")


async def test_a_tool_is_told_before_the_text_that_rests_on_it(client, title, adder):
    question = 'add_numbers {"a": 1, "b": 1}'
    kinds = [type(event) async for event in client.turns.stream(question, title, model_id="tool", tool_ids=adder)]
    assert kinds.count(ToolCalled) == 1
    assert kinds.index(ToolCalled) < kinds.index(TextDelta)


async def test_tags_are_added_and_none_is_removed(client, title):
    await client.chat("one", title, tags=["First Tag", "second"])
    turn = await client.chat("two", title, tags="third")
    names = {tag.name for tag in await client.chats.tags(turn.chat_id)}
    assert names == {"First Tag", "second", "third"}


async def test_proposed_tags_are_added_to_those_there_are(client, title):
    await client.chat("one", title, tags=["My Tag"])
    turn = await client.chat("photosynthesis", title, tags="new", enable_auto_tagging=True)
    assert turn.suggested_tags
    names = {tag.name for tag in await client.chats.tags(turn.chat_id)}
    assert names == {"My Tag", "new", *turn.suggested_tags}


async def test_a_proposed_title_renames_a_new_chat_which_stays_known_under_the_old_one(client, title):
    turn = await client.chat("penguins live in the south", title, enable_auto_titling=True)
    assert turn.suggested_title == "About penguins live in the"
    assert (await client.chats.get(turn.chat_id)).title == turn.suggested_title
    again = await client.chat("more", title, enable_auto_titling=True)
    assert again.chat_id == turn.chat_id
    assert again.suggested_title is None
    assert (await client.chats.get(turn.chat_id)).title == turn.suggested_title


async def test_follow_ups_are_in_the_result_and_below_the_answer(client, title):
    turn = await client.chat("penguins", title, enable_follow_up=True)
    assert len(turn.follow_ups) == 3
    answer = messages((await client.chats.get(turn.chat_id)).chat)[turn.message_id]
    assert answer["followUps"] == turn.follow_ups
    assert (await client.chat("no more", title)).follow_ups == []


async def test_everything_at_once(client, title, image, document):
    events = [
        event
        async for event in client.turns.stream(
            "What is the capital of Peru?",
            title,
            model_id="context",
            folder_name=f"Folder {title}",
            image_paths=[image],
            tags=["a", "b"],
            rag_files=[document],
            enable_follow_up=True,
            enable_auto_tagging=True,
            enable_auto_titling=True,
        )
    ]
    turn = events[-1].turn
    assert {SourcesFound, FollowUpsSuggested, TitleChanged, TagsChanged} <= {type(event) for event in events}
    assert "Lima" in turn.response
    chat = await client.chats.get(turn.chat_id)
    assert chat.folder_id == (await client.folders.find(f"Folder {title}")).id
    assert chat.title == turn.suggested_title
    assert {"a", "b"} <= {tag.name for tag in await client.chats.tags(turn.chat_id)}
    assert len(messages(chat.chat)) == 2


async def test_a_model_that_writes_no_title_leaves_the_one_that_was_asked_for(make, server, title):
    async with make(server.jwt) as admin:
        config = await admin.request("GET", "/api/v1/tasks/config")
        try:
            off = {**config, "ENABLE_TITLE_GENERATION": False, "ENABLE_TAGS_GENERATION": False}
            await admin.request("POST", "/api/v1/tasks/config/update", json=off)
            turn = await admin.chat("hello", title, enable_auto_titling=True, enable_auto_tagging=True)
        finally:
            await admin.request("POST", "/api/v1/tasks/config/update", json=config)
        assert turn.suggested_title is None
        assert turn.suggested_tags is None
        assert (await admin.chats.get(turn.chat_id)).title == title


async def test_a_system_prompt_and_parameters_reach_the_model_and_the_prompt_stays(client, server, title):
    first = await client.chat(
        "one", title, model_id="transcript", system_prompt="Be brief.", params={"temperature": 0.25}
    )
    assert json.loads(first.response)[0] == {"role": "system", "content": "Be brief."}
    asked = [request.body for request in server.model.requests if request.model == "transcript" and not request.task]
    assert asked[-1]["temperature"] == 0.25
    await client.chat("two", title, system_prompt="Be kind.")
    third = await client.chat("three", title)
    assert json.loads(third.response)[0] == {"role": "system", "content": "Be kind."}
    chat = (await client.chats.get(first.chat_id)).chat
    assert chat["params"]["system"] == "Be kind."


async def test_a_chat_of_the_browser_goes_on_with_its_own_model_prompt_and_parameters(client, title):
    from openwebui_chat_client.turns.body import new_chat

    document = new_chat(title, ["transcript"], 0, "From the browser.")
    made = await client.chats.create({**document, "params": {**document["params"], "temperature": 0.5}})
    turn = await client.chat("hello", chat_id=made.id)
    assert json.loads(turn.response)[0] == {"role": "system", "content": "From the browser."}
    assert (turn.chat_id, turn.model) == (made.id, "transcript")


async def test_a_chat_is_continued_by_its_id_also_when_others_have_its_title(client, title):
    first = await client.chat("one", title)
    await client.chats.rename(first.chat_id, f"{title} renamed")
    other = await client.chat("another", title)
    assert other.chat_id != first.chat_id
    assert (await client.chat("two", chat_id=first.chat_id)).chat_id == first.chat_id


async def test_an_unknown_chat_id_is_not_found(client):
    with pytest.raises(NotFoundError):
        await client.chat("hi", chat_id=str(uuid.uuid4()))


async def test_a_parent_makes_a_branch_and_an_unknown_one_is_refused(client, title):
    first = await client.chat("one", title)
    await client.chat("two", title)
    branched = await client.chat("other two", title, parent_id=first.message_id)
    chat = (await client.chats.get(first.chat_id)).chat
    assert [text_of(message) for message in branch(chat)] == ["one", "one", "other two", "other two"]
    assert len(messages(chat)) == 6
    fresh = await client.chat("a new beginning", title, parent_id=None)
    known = messages((await client.chats.get(fresh.chat_id)).chat)
    assert text_of(known[branched.message_id]) == "other two"
    with pytest.raises(NameNotFoundError):
        await client.chat("nowhere", title, parent_id="nope")


@pytest.mark.parametrize("model", ["echo", "reason", "images"])
async def test_a_temporary_turn_is_answered_and_kept_nowhere(client, title, image, model):
    before = [chat.id for chat in await client.chats.list(page=1)]
    turn = await client.chat(
        f"Hi {title}", temporary=True, model_id=model, image_paths=image if model == "images" else None
    )
    assert turn.chat_id == ""
    assert turn.response
    assert [chat.id for chat in await client.chats.list(page=1)] == before
    if model == "images":
        assert seen(turn)[0][0] == "image/png"
    if model == "reason":
        assert turn.reasoning.startswith("Thinking about: Hi")


async def test_a_temporary_turn_streams_and_uses_files_and_tools(client, document, adder):
    async with client.stream_chat("count to 9 every 5 ms", temporary=True, model_id="count") as pieces:
        assert "".join([piece async for piece in pieces]) == "1 2 3 4 5 6 7 8 9"
    turn = await client.chat("What is the capital of Peru?", temporary=True, model_id="context", rag_files=document)
    assert "Lima" in turn.response
    assert turn.sources[0].passages[0].file == "facts.txt"
    question = 'add_numbers {"a": 2, "b": 40}'
    assert (await client.chat(question, temporary=True, model_id="tool", tool_ids=adder)).tool_calls
