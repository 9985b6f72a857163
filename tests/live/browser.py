"""A real browser in front of the server's own web page, for the browser test and for the pictures in the documents."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
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


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine; the test is skipped where there is none."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium on this machine: `make browser` installs it where it may")
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
