"""What the original did wrong, seen in what the server holds: each test fails for a client that still does it."""

import gc
import json
import socket
import ssl
import struct
import uuid
import zlib

import anyio
import httpx2
import pytest

from openwebui_chat_client import APIConnectionError, APITimeoutError
from openwebui_chat_client._messages import branch, messages, text_of

EXTRAS = dict.fromkeys(("enable_follow_up", "enable_auto_tagging", "enable_auto_titling"), True)


@pytest.fixture
async def own(make, server):
    """A client of either colour, of a user who has nothing yet and is no administrator."""
    async with make(server.create_user().token) as client:
        yield client


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "facts.txt"
    path.write_text(f"The zebra lives in Kenya.\nThe capital of Peru is Lima.\n{uuid.uuid4()}\n")
    return path


@pytest.fixture
def image(tmp_path):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes([0, *uuid.uuid4().bytes[:3]]))
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))
    return path


def said(chat):
    return [(message["role"], text_of(message)) for message in branch(chat)]


@pytest.mark.parametrize("fresh", [False, True])
async def test_what_is_done_to_one_chat_leaves_the_one_used_last_alone(client, make, title, fresh):
    other = await client.chat("about B", f"{title} B")
    last = await client.chat("about A", f"{title} A")
    folder_id = await client.create_folder(title)
    before, was = await client.chats.get(last.chat_id), (await client.chats.get(other.chat_id)).chat
    async with make() as another:
        using = another if fresh else client
        assert await using.switch_chat_model(other.chat_id, "reason") is True
        assert await using.rename_chat(other.chat_id, f"{title} renamed") is True
        assert await using.set_chat_tags(other.chat_id, ["tagged"]) == ["tagged"]
        assert await using.move_chat_to_folder(other.chat_id, folder_id) is True
    assert await client.chats.get(last.chat_id) == before
    changed = await client.chats.get(other.chat_id)
    assert (changed.title, changed.folder_id, changed.tag_ids) == (f"{title} renamed", folder_id, ["tagged"])
    assert (changed.chat["models"], changed.chat["history"]) == (["reason"], was["history"])


async def test_what_somebody_changes_in_the_chat_meanwhile_stays(client, make, title):
    first = await client.chat("one", title)
    question = branch((await client.chats.get(first.chat_id)).chat)[0]

    async def edit(message_id, text):
        async with make() as browser:
            await browser.chats.edit_message(first.chat_id, message_id, text)

    await edit(question["id"], "one, edited before")
    async with client.stream_chat("count to 9 every 60 ms", title, model_id="count") as pieces:
        async for piece in pieces:
            if "2" in piece:
                await edit(first.message_id, "edited meanwhile")
    assert said((await client.chats.get(first.chat_id)).chat) == [
        ("user", "one, edited before"),
        ("assistant", "edited meanwhile"),
        ("user", "count to 9 every 60 ms"),
        ("assistant", "1 2 3 4 5 6 7 8 9"),
    ]


async def test_four_at_once_in_one_old_title_lose_no_turn(client, title):
    first = await client.chat("first", title)
    async with anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(client.chat, f"question {number}", title)
    texts = [text for _, text in said((await client.chats.get(first.chat_id)).chat)]
    assert sorted(texts[2::2]) == [f"question {number}" for number in range(4)]
    assert texts[::2] == texts[1::2]


async def test_a_first_stream_leaves_two_messages_and_the_model_hears_nothing_else(client, title):
    async with client.stream_chat("hello", title) as pieces:
        assert "".join([piece async for piece in pieces]) == "hello"
    chat = (await client.chats.get(pieces.result.chat_id)).chat
    assert (len(messages(chat)), chat["history"]["currentId"]) == (2, pieces.result.message_id)
    async with client.stream_chat("and now?", title, model_id="transcript") as pieces:
        heard = json.loads("".join([piece async for piece in pieces]))
    assert [message["content"] for message in heard] == ["hello", "hello", "and now?"]


async def test_a_question_without_words_outlives_the_client_that_asked_it(keyed, make, title, image):
    client = make()
    async with client.stream_chat("", title, model_id="images", image_paths=image) as pieces:
        assert [piece async for piece in pieces]
    await client.close()
    chat_id = pieces.result.chat_id
    del client, pieces
    gc.collect()
    question, answer = branch((await keyed.chats.get(chat_id)).chat)
    assert (question["content"], len(question["files"]), json.loads(answer["content"])["count"]) == ("", 1, 1)


class Counting(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """The network of either client, with a list of what went over it."""

    def __init__(self):
        self.lines = []
        self.blocking, self.awaited = httpx2.HTTPTransport(), httpx2.AsyncHTTPTransport()

    def handle_request(self, request):
        self.lines.append(f"{request.method} {request.url.path}")
        return self.blocking.handle_request(request)

    async def handle_async_request(self, request):
        self.lines.append(f"{request.method} {request.url.path}")
        return await self.awaited.handle_async_request(request)

    def close(self):
        self.blocking.close()

    async def aclose(self):
        await self.awaited.aclose()


@pytest.mark.newest("older servers leave the writing to the client")
@pytest.mark.parametrize("credential", ["token", "jwt"])
async def test_a_stream_writes_twice_however_many_pieces_come(make, server, title, credential):
    network = Counting()
    async with make(getattr(server, credential), default_model_id="count", transport=network) as client:
        text = "".join([piece async for piece in client.stream_chat("count to 200 every 2 ms", title)])
    assert text == " ".join(map(str, range(1, 201)))
    writes = [line for line in network.lines if not line.startswith("GET")]
    assert writes == ["POST /api/v1/chats/new", "POST /api/chat/completions"]
    if credential == "jwt":
        assert len(network.lines) == 5


async def test_what_the_provider_counted_is_in_the_result(client, title):
    options = {"params": {"stream_options": {"include_usage": True}}}
    turn = await client.chat("one two three", title, **options)
    async with client.stream_chat("one two three", title, **options) as pieces:
        assert [piece async for piece in pieces]
    for result in (turn, pieces.result):
        assert result["usage"]["total_tokens"] > 0


async def test_a_stream_has_its_sources_and_without_documents_an_empty_list(client, title, document):
    async with client.stream_chat("hello", title) as pieces:
        assert "".join([piece async for piece in pieces]) == "hello"
    assert (pieces.result["sources"], pieces.result["follow_ups"]) == ([], [])
    question = "What is the capital of Peru?"
    async with client.stream_chat(question, f"{title} 2", model_id="context", rag_files=document) as pieces:
        assert "Lima" in "".join([piece async for piece in pieces])
    assert pieces.result["sources"][0]["source"]["name"] == "facts.txt"


async def test_parallel_answers_are_texts_in_the_order_asked_not_in_that_of_their_speed(client, title):
    result = await client.parallel_chat("why?", title, model_ids=["slow", "echo"])
    assert list(result["responses"].items()) == [("slow", "why?"), ("echo", "why?")]
    assert list(result["message_ids"]) == list(result["answers"]) == ["slow", "echo"]
    known = messages((await client.chats.get(result["chat_id"])).chat)
    assert [known[message_id]["model"] for message_id in result["message_ids"].values()] == ["slow", "echo"]


async def test_an_empty_answer_is_kept_as_a_whole_turn(client, title):
    turn = await client.chat("say nothing", title, model_id="empty")
    assert turn["response"] == ""
    chat = (await client.chats.get(turn["chat_id"])).chat
    assert said(chat) == [("user", "say nothing"), ("assistant", "")]
    assert messages(chat)[turn["message_id"]]["done"] is True


async def test_task_models_need_no_choice_by_the_administrator(make, server, title):
    async with make(server.jwt) as client:
        config = await client.request("GET", "/api/v1/tasks/config")
        assert not config["TASK_MODEL"]
        assert not config["TASK_MODEL_EXTERNAL"]
        turn = await client.chat("penguins", title, **EXTRAS)
    assert (turn["suggested_title"], len(turn["follow_ups"])) == ("About penguins", 3)
    assert turn["suggested_tags"]


async def test_tasks_that_are_switched_off_never_cost_the_answer_or_the_other_tasks(make, server, title):
    async with make(server.jwt) as client:
        config = await client.request("GET", "/api/v1/tasks/config")
        off = {**config, "ENABLE_TAGS_GENERATION": False, "ENABLE_FOLLOW_UP_GENERATION": False}
        try:
            await client.request("POST", "/api/v1/tasks/config/update", json=off)
            turn = await client.chat("penguins", title, **EXTRAS)
        finally:
            await client.request("POST", "/api/v1/tasks/config/update", json=config)
    assert (turn["response"], turn["suggested_title"], turn["follow_ups"]) == ("penguins", "About penguins", [])
    assert "suggested_tags" not in turn


async def test_new_knowledge_bases_are_filled_and_not_older_ones_of_the_same_name(keyed, title, document):
    older = await keyed.create_knowledge_base(title)
    report = await keyed.create_knowledge_bases_with_files({title: [document]})
    assert (report["success"], report["failed"]) == ([title], {})
    same = [one.id for one in await keyed.knowledge.list() if one.name == title]
    assert len(same) == 2
    held = {one: [file.full_name async for file in keyed.knowledge.iter_files(one)] for one in same}
    assert sorted(held.values()) == [[], ["facts.txt"]]
    assert held[older.id] == []


async def test_an_account_without_chats_has_nothing_to_archive(own):
    report = await own.archive_chats_by_age(0)
    assert (report["total_checked"], report["total_archived"], report["total_failed"]) == (0, 0, 0)
    assert (report["archived_chats"], report["failed_chats"], report["errors"]) == ([], [], [])


async def test_a_proxy_that_is_given_is_gone_through(make):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        async with make(proxy=f"http://127.0.0.1:{nobody.getsockname()[1]}", max_retries=0) as client:
            with pytest.raises(APIConnectionError):
                await client.server.info()


async def test_limits_and_time_limits_that_are_given_count(make):
    async with make() as client:
        assert await client.server.info()
    none, at_once = httpx2.Limits(max_connections=0), httpx2.Timeout(5, pool=0.001)
    async with make(limits=none, timeout=at_once, max_retries=0) as client:
        with pytest.raises(APITimeoutError, match="PoolTimeout"):
            await client.server.info()


class Seen(ssl.SSLContext):
    """Refuses every connection, and keeps that it was asked."""

    asked = False

    def wrap_socket(self, *_, **__):
        self.asked = True
        raise ssl.SSLError("not with me")

    wrap_bio = wrap_socket


async def test_certificates_are_checked_by_what_is_given_for_it(make, server):
    context = Seen(ssl.PROTOCOL_TLS_CLIENT)
    async with make(verify=context, base_url=server.url.replace("http", "https"), max_retries=0) as client:
        with pytest.raises(APIConnectionError):
            await client.server.info()
    assert context.asked
