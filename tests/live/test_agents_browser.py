"""What the page shows of runs: each is one chat, whole, in its order, under its title."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from agent_tools import ADDER, TASK
from live.browser import ChatPage, chromium, playwright
from openwebui_chat_client import OpenWebUIClient
from openwebui_chat_client._messages import branch

pytestmark = pytest.mark.newest("the page differs from version to version")

expect = playwright.expect


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with chromium() as opened:
        yield opened


@pytest.fixture
def client(server) -> Iterator[OpenWebUIClient]:
    with OpenWebUIClient(server.url, server.token, "echo") as opened:
        yield opened


@pytest.fixture
def look(browser, server) -> Iterator[Callable[[str], ChatPage]]:
    """A function that opens the page of a chat."""
    with ExitStack() as windows:
        yield lambda chat_id: windows.enter_context(closing(ChatPage(browser, server.url, server.jwt, chat_id)))


def whole(page: ChatPage, client: OpenWebUIClient, chat_id: str, last: str) -> bool:
    """Whether the page comes to show all messages of a chat in their order, the last one with these words."""
    ids = [message["id"] for message in branch(client.chats.get(chat_id).chat)]
    expect(page.texts).to_have_count(len(ids))
    expect(page.texts.last).to_contain_text(last)
    return page.message_ids == ids and page.blank_ids == []


def test_the_page_shows_a_research_from_its_first_plan_to_its_report(client, look):
    topic = f"Tides {uuid.uuid4().hex}"
    found = client.deep_research(topic, num_steps=1, general_models="planner")  # the page shows eight messages at first
    page = look(found.chat_id)
    assert whole(page, client, found.chat_id, "Report: The answer to Question 1?")
    expect(page.page.get_by_role("heading", name=f"Deep Dive: {topic}", exact=True)).to_be_visible()


def test_the_page_shows_a_task_with_the_tool_that_was_called_and_its_answer(client, look):
    tool = client.tools.create(f"adder_{uuid.uuid4().hex}", ADDER, name="Adder").id
    done = client.process_task(f"{TASK} {uuid.uuid4().hex}", "worker", tool)
    page = look(done.chat_id)
    assert whole(page, client, done.chat_id, "the sum is 42")
    expect(page.texts.nth(1)).to_contain_text("add_numbers")
    expect(page.page.get_by_role("heading", name=done.chat_title, exact=True)).to_be_visible()


def test_the_page_shows_a_continuous_chat_round_by_round(client, look, title):
    talk = client.continuous_chat("penguins", 3, title)
    page = look(talk.chat_id)
    last = talk.conversation_history[-1]
    assert whole(page, client, talk.chat_id, last.response)
    assert [page.message_ids[one] for one in (1, 3, 5)] == [one.message_id for one in talk.conversation_history]
