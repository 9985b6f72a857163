"""A real browser in front of the server's own web page, for the browser test and for the pictures in the documents."""

from __future__ import annotations

import json
import re
import shutil
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from openwebui_chat_client import OpenWebUIClient

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: `make setup` installs it")

LAUNCH = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
VIEW = {"width": 1280, "height": 800}
LONGEST_WAIT = 30_000  # milliseconds that Playwright waits for anything
PREPARE = """
localStorage.token = %s;
localStorage.locale = "en-US";
localStorage.theme = "light";
localStorage.sidebar = "true";
window.heard = [];
window.WebSocket = class extends WebSocket {
    constructor(...how) {
        super(...how);
        this.addEventListener("message", (event) => window.heard.push(String(event.data)));
    }
};
"""
LISTENS = 'window.heard.some((frame) => frame.includes("chat:presence"))'
WATCH = """
window.shown = [];
new MutationObserver(() => {
    const text = [...document.querySelectorAll(".chat-assistant")].at(-1)?.innerText.trim() ?? "";
    if (window.shown.at(-1) !== text) window.shown.push(text);
}).observe(document.body, {subtree: true, childList: true, characterData: true});
"""
MESSAGE_IDS = """
[...document.querySelectorAll("[id^=message-]")].map((element) => element.id.slice("message-".length))
    .filter((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))
"""
BLANK_IDS = f"""
{MESSAGE_IDS.strip()}.filter((id) => {{
    const texts = [...document.getElementById(`message-${{id}}`).querySelectorAll(".markdown-prose")];
    return !texts.some((text) => text.innerText.trim());
}})
"""


def picture(width: int, height: int, colour: Callable[[int, int], tuple[int, int, int]]) -> bytes:
    """A PNG, each of its pixels of the colour (red, green, blue) that it has at x and y, counted from the top left."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = [bytes([0, *(part for x in range(width) for part in colour(x, y))]) for y in range(height)]
    body = chunk(b"IDAT", zlib.compress(b"".join(lines), 9))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine; the test is skipped where there is none."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium on this machine: `make browser` installs it where it may")
    playwright.expect.set_options(timeout=LONGEST_WAIT)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=LAUNCH)
        yield browser
        browser.close()


class ChatPage:
    """The page of one chat, in a window of its own, signed in with a session's token."""

    def __init__(self, browser: Browser, url: str, jwt: str, chat_id: str) -> None:
        with OpenWebUIClient(url, jwt) as client:  # no dialog with the server's release notes
            settings = {"ui": {"showChangelog": False}}
            client.request("POST", "/api/v1/users/user/settings/update", json=settings)
        self.window = browser.new_context(viewport=VIEW)
        self.window.set_default_timeout(LONGEST_WAIT)
        self.window.add_init_script(PREPARE % json.dumps(jwt))
        self.page: Page = self.window.new_page()
        self.page.goto(f"{url}/c/{chat_id}")

    @property
    def texts(self) -> Locator:
        """The text of each message on show, of questions and answers alike, from top to bottom."""
        return self.page.locator(".user-message .markdown-prose, .chat-assistant")

    @property
    def message_ids(self) -> list[str]:
        """The id of each message on show, blank ones too, from top to bottom."""
        return list(self.page.evaluate(MESSAGE_IDS))

    @property
    def blank_ids(self) -> list[str]:
        """The id of each message on show without a word."""
        return list(self.page.evaluate(BLANK_IDS))

    @property
    def words(self) -> Locator:
        """What each message says, without what the page adds: what was thought, what was looked up, sources."""
        return self.page.locator(".user-message .markdown-prose, .chat-assistant .markdown-prose")

    @property
    def questions(self) -> Locator:
        """Each question on show, with its attachments."""
        return self.page.locator(".user-message")

    @property
    def pictures(self) -> Locator:
        """The pictures in questions on show."""
        return self.questions.locator("img[data-cy=image]")

    @property
    def columns(self) -> Locator:
        """The answers that stand side by side, each with its frame, from left to right."""
        return self.page.locator("[id^=responses-container-] > *")

    @property
    def model_names(self) -> Locator:
        """The name above each answer on show."""
        return self.page.locator("#response-message-model-name")

    @property
    def switcher(self) -> Locator:
        """Which of how many branches is on show, such as 2/2."""
        return self.page.get_by_text(re.compile(r"^\d+/\d+$"))

    def button(self, name: str) -> Locator:
        """The button of exactly this name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def in_side_bar(self, title: str) -> Locator:
        """The chat of this title in the list of chats."""
        return self.page.locator("#sidebar").get_by_text(title, exact=True)

    def watch(self) -> None:
        """From now on, note every text that the last answer on show has; wait until the page hears of news."""
        self.page.wait_for_function(LISTENS)
        self.page.evaluate(WATCH)

    @property
    def shown(self) -> list[str]:
        """What `watch` noted, in order."""
        return list(self.page.evaluate("window.shown"))

    def close(self) -> None:
        """Close the window."""
        self.window.close()
