from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from live.browser import ChatPage, chromium, playwright
from openwebui_chat_client import OpenWebUIClient
from openwebui_chat_client._messages import branch

pytestmark = pytest.mark.newest("the page differs from version to version")

ARTEFACTS = Path(__file__).parents[2] / "artefacts"


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with chromium() as opened:
        yield opened


@pytest.fixture(params=["key", "session"])
def asking(request, server) -> Iterator[OpenWebUIClient]:
    """A client with either credential; the page is always signed in as the same user."""
    with OpenWebUIClient(server.url, server.token if request.param == "key" else server.jwt, "count") as client:
        yield client


def test_the_page_shows_each_question_and_each_answer_once_and_in_order(browser, server, asking, title):
    asking.chat("count to 3", title)
    turn = asking.chat("count to 5", title)
    stored = branch(asking.chats.get(turn.chat_id).chat)
    with closing(ChatPage(browser, server.url, server.jwt, turn.chat_id)) as chat:
        playwright.expect(chat.texts).to_have_text(["count to 3", "1 2 3", "count to 5", "1 2 3 4 5"])
        assert chat.message_ids == [message["id"] for message in stored]
        playwright.expect(chat.in_side_bar(title)).to_be_visible()
        ARTEFACTS.mkdir(exist_ok=True)
        chat.page.screenshot(path=ARTEFACTS / "chat.png")


def test_an_answer_grows_in_the_open_page_while_the_client_streams_it(browser, server, asking, title):
    first = asking.chat("count to 3", title)
    with closing(ChatPage(browser, server.url, server.jwt, first.chat_id)) as chat:
        playwright.expect(chat.texts).to_have_count(2)
        chat.watch()
        with asking.stream_chat("count to 9 every 200 ms", title) as pieces:
            text = "".join(pieces)
        playwright.expect(chat.texts).to_have_text(["count to 3", "1 2 3", "count to 9 every 200 ms", text])
        growing = [shown for shown in chat.shown if shown and shown != text and text.startswith(shown)]
        assert len(growing) > 1, chat.shown
        assert growing == sorted(growing, key=len)
        assert len(chat.message_ids) == 4
