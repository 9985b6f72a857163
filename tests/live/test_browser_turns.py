"""What the page shows of turns with all their options: pictures, sources, columns, branches, tags, folders."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from live.browser import ChatPage, chromium, picture, playwright
from openwebui_chat_client import OpenWebUIClient
from openwebui_chat_client._messages import branch, messages

pytestmark = pytest.mark.newest("the page differs from version to version")

expect = playwright.expect
PERU = "What is the capital of Peru?"


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with chromium() as opened:
        yield opened


@pytest.fixture(params=["key", "session"])
def asking(request, server) -> Iterator[OpenWebUIClient]:
    """A client with either credential; the page is always signed in as the same user."""
    with OpenWebUIClient(server.url, server.token if request.param == "key" else server.jwt, "echo") as client:
        yield client


@pytest.fixture
def look(browser, server) -> Iterator[Callable[[str], ChatPage]]:
    """A function that opens the page of a chat."""
    with ExitStack() as windows:
        yield lambda chat_id: windows.enter_context(closing(ChatPage(browser, server.url, server.jwt, chat_id)))


@pytest.fixture
def image(tmp_path):
    """A picture of 32 times 20 pixels that no other test has."""
    path = tmp_path / "picture.png"
    path.write_bytes(picture(32, 20, lambda x, y: (8 * x, 8 * y, uuid.uuid4().bytes[0])))
    return path


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "facts.txt"
    path.write_text(f"The zebra lives in Kenya.\nThe capital of Peru is Lima.\n{uuid.uuid4()}\n")
    return path


def shows(chat: ChatPage, ids: list[str], words: list[str]) -> bool:
    """Whether the page comes to show these messages, each with these words, and none besides."""
    expect(chat.words).to_have_text(words)
    return chat.message_ids == ids and chat.blank_ids == []


def shown(client, chat_id):
    """The ids of the branch that the server has on show."""
    return [message["id"] for message in branch(client.chats.get(chat_id).chat)]


def test_a_picture_and_a_source_are_there_to_see(asking, look, title, image, document):
    turn = asking.chat(PERU, title, model_id="context", image_paths=image, rag_files=document)
    chat = look(turn.chat_id)
    assert shows(chat, shown(asking, turn.chat_id), [PERU, "The capital of Peru is Lima."])
    expect(chat.pictures).to_have_count(1)
    expect(chat.pictures).to_be_visible()
    expect(chat.pictures).to_have_js_property("naturalWidth", 32)
    expect(chat.questions.get_by_text("facts.txt")).to_be_visible()
    chat.button("Toggle 1 source").click()
    chat.button("View source: 1 facts.txt").click()
    expect(chat.page.get_by_role("dialog")).to_contain_text("The capital of Peru is Lima.")


def test_a_later_turn_shows_its_source_and_the_picture_stays_with_its_question(asking, look, title, image, document):
    asking.chat(PERU, title, model_id="context", image_paths=image, rag_files=document)
    turn = asking.chat("Where lives the zebra?", title)
    chat = look(turn.chat_id)
    words = [PERU, "The capital of Peru is Lima.", "Where lives the zebra?", "The zebra lives in Kenya."]
    assert shows(chat, shown(asking, turn.chat_id), words)
    expect(chat.pictures).to_have_count(1)
    expect(chat.pictures).to_have_js_property("naturalWidth", 32)
    expect(chat.button("Toggle 1 source")).to_have_count(2)


@pytest.mark.parametrize(
    ("models", "answers"), [(["reason", "echo"], ["Answer: why?", "why?"]), (["echo", "echo"], ["why?", "why?"])]
)
def test_answers_of_several_models_and_of_one_twice_stand_side_by_side(asking, look, title, models, answers):
    turn = asking.turns.parallel("why?", title, model_ids=models)
    chat = look(turn.chat_id)
    assert shows(chat, [turn.question_id, *(answer.message_id for answer in turn.answers)], ["why?", *answers])
    expect(chat.columns).to_have_count(2)
    expect(chat.model_names).to_have_text(models)
    for column, model, answer in zip(chat.columns.all(), models, answers, strict=True):
        expect(column.locator(chat.model_names)).to_have_text(model)
        expect(column.locator(chat.words)).to_have_text(answer)
    left, right = (column.bounding_box() for column in chat.columns.all())
    assert left["x"] + left["width"] <= right["x"]
    assert left["y"] < right["y"] + right["height"]
    assert right["y"] < left["y"] + left["height"]


def test_a_question_after_columns_stands_below_them(asking, look, title):
    talk = asking.conversation(title, model_id="echo")
    turn = talk.parallel("why?", ["reason", "echo"])
    follow = talk.ask("and then?")
    chat = look(follow.chat_id)
    ids = [turn.question_id, *(answer.message_id for answer in turn.answers), *shown(asking, follow.chat_id)[-2:]]
    assert shows(chat, ids, ["why?", "Answer: why?", "why?", "and then?", "and then?"])
    expect(chat.columns).to_have_count(2)


def test_a_model_that_fails_has_its_reason_in_its_column(asking, look, title):
    turn = asking.turns.parallel("why?", title, model_ids=["fail-500", "echo"])
    chat = look(turn.chat_id)
    expect(chat.columns).to_have_count(2)
    expect(chat.columns.first).to_contain_text("scripted failure 500")
    expect(chat.columns.last.locator(chat.words)).to_have_text("why?")


def test_another_answer_is_on_show_and_the_first_one_is_one_click_away(asking, look, title):
    talk = asking.conversation(title, model_id="echo")
    first = talk.ask("why?")
    second = talk.regenerate(model_id="reason")
    chat = look(first.chat_id)
    question = shown(asking, first.chat_id)[0]
    assert shows(chat, [question, second.message_id], ["why?", "Answer: why?"])
    expect(chat.switcher).to_have_text("2/2")
    expect(chat.model_names).to_have_text("reason")
    chat.button("Previous message").click()
    expect(chat.switcher).to_have_text("1/2")
    expect(chat.model_names).to_have_text("echo")
    assert shows(chat, [question, first.message_id], ["why?", "why?"])


@pytest.mark.parametrize("models", [["echo", "echo-2"], ["echo", "echo"]])
def test_another_answer_in_a_column_is_on_show_in_that_column(asking, look, title, models):
    talk = asking.conversation(title, model_id="echo")
    turn = talk.parallel("why?", models)
    again = talk.regenerate(turn.answers[1].message_id)
    chat = look(turn.chat_id)
    expect(chat.columns).to_have_count(2)
    expect(chat.words).to_have_text(["why?", "why?", "why?"])
    assert chat.message_ids == [turn.question_id, turn.answers[0].message_id, again.message_id]
    expect(chat.columns.last.locator(chat.switcher)).to_have_text("2/2")


def test_an_edited_question_keeps_its_picture(asking, look, title, image):
    talk = asking.conversation(title, model_id="count")
    first = talk.ask("What is this?", image_paths=image)
    talk.edit(shown(asking, first.chat_id)[0], "What is that?")
    chat = look(first.chat_id)
    assert shows(chat, shown(asking, first.chat_id), ["What is that?", "1 2 3 4 5"])
    assert chat.pictures.count() == 1


def test_an_edited_question_is_on_show_and_the_old_one_with_its_answer_is_one_click_away(asking, look, title):
    talk = asking.conversation(title, model_id="echo")
    talk.ask("one")
    second = talk.ask("two")
    old = shown(asking, second.chat_id)
    talk.edit(old[2], "TWO")
    chat = look(second.chat_id)
    assert shows(chat, shown(asking, second.chat_id), ["one", "one", "TWO", "TWO"])
    expect(chat.switcher).to_have_text("2/2")
    chat.button("Previous message").click()
    expect(chat.switcher).to_have_text("1/2")
    assert shows(chat, old, ["one", "one", "two", "two"])


def test_tags_are_in_the_chats_menu_and_the_folder_in_the_side_bar_holds_the_chat(asking, look, title):
    folder = f"Folder {title}"
    turn = asking.chat("hello", title, tags=["First Tag", "second"], folder_name=folder)
    chat = look(turn.chat_id)
    assert shows(chat, shown(asking, turn.chat_id), ["hello", "hello"])
    chat.button("Chat actions").click()
    for tag in ("First Tag", "second"):
        expect(chat.page.get_by_role("menu").get_by_role("button", name=tag, exact=True)).to_be_visible()
    chat.page.keyboard.press("Escape")
    chat.button("Folders").click()
    expect(chat.in_side_bar(title)).to_have_count(0)
    chat.button(f"Expand {folder}").click()
    expect(chat.in_side_bar(title)).to_be_visible()


def test_follow_ups_stand_below_the_answer(asking, look, title):
    turn = asking.chat("penguins", title, enable_follow_up=True)
    chat = look(turn.chat_id)
    assert shows(chat, shown(asking, turn.chat_id), ["penguins", "penguins"])
    assert len(turn.follow_ups) == 3
    for follow_up in turn.follow_ups:
        expect(chat.button(f"Follow up: {follow_up}")).to_be_visible()


def test_an_answer_grows_in_the_open_page_while_a_thread_waits_for_it(asking, look, title):
    first = asking.chat("count to 3", title, model_id="count")
    chat = look(first.chat_id)
    expect(chat.texts).to_have_count(2)
    chat.watch()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(asking.chat, "count to 9 every 200 ms", title)
        expect(chat.texts).to_have_text(["count to 3", "1 2 3", "count to 9 every 200 ms", "1 2 3 4 5 6 7 8 9"])
        turn = waiting.result(timeout=30)
    growing = [text for text in chat.shown if text and text != turn.response and turn.response.startswith(text)]
    assert len(growing) > 1, chat.shown
    assert growing == sorted(growing, key=len)
    words = ["count to 3", "1 2 3", "count to 9 every 200 ms", turn.response]
    assert shows(chat, shown(asking, turn.chat_id), words)
    assert len(messages(asking.chats.get(turn.chat_id).chat)) == 4
