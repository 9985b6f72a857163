"""Renews the pictures in the documents: python tests/live/take_pictures.py. The answers on them are scripted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from openwebui_chat_client import OpenWebUIClient
from openwebui_chat_client.local import LocalServer, ScriptedModel
from openwebui_chat_client.local.scripted.conversation import ChatRequest
from openwebui_chat_client.local.scripted.models import pieces
from openwebui_chat_client.local.scripted.steps import Step

sys.path.insert(0, str(Path(__file__).parents[1]))

from live.browser import ChatPage, chromium, picture, playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IMAGES = Path(__file__).parents[2] / "docs" / "images"
MODEL, SECOND_MODEL = "demo-model", "demo-model-2"
CSV = "How do I read a large CSV file in Python without loading all of it?"
GZIP = "And if it is compressed?"
CHART = "What does the chart show, and does the report say the same?"
LIST = "How do I reverse a list in Python?"
ANSWERS = {
    CSV: """\
Iterate over it: `csv.DictReader` keeps one row in memory at a time.

```python
import csv

with open("orders.csv", newline="") as file:
    total = sum(float(row["price"]) for row in csv.DictReader(file))
```
""",
    GZIP: "Open it with `gzip.open(path, 'rt', newline='')` instead; the rest stays as it is.",
    CHART: """\
The chart shows the orders of six months: they more than double until **May**, and fall a little in June.

The report says the same: May was the best month, with 148 orders [1].
""",
    LIST: """\
In place, with `reverse`:

```python
names.reverse()
```

It changes the list and returns `None`.
""",
}
SECOND_ANSWERS = {
    LIST: """\
With a slice, if the old list has to stay:

```python
backwards = names[::-1]
```

For a loop, `reversed(names)` copies nothing.
"""
}
ORDERS = (61, 83, 74, 117, 148, 126)
REPORT = "Orders per month: January 61, February 83, March 74, April 117, May 148, June 126. May was the best month.\n"
PAPER, LINE, BAR, BEST = (248, 250, 252), (203, 213, 225), (96, 165, 250), (37, 99, 235)


@dataclass(frozen=True)
class Studio:
    """A client of a server with scripted models, and a browser to look at what it has made."""

    client: OpenWebUIClient
    server: LocalServer
    browser: Browser

    @contextmanager
    def page(self, chat_id: str, messages: int) -> Iterator[ChatPage]:
        """The page of a chat, once it shows that many messages."""
        with closing(ChatPage(self.browser, self.server.url, self.server.jwt, chat_id)) as chat:
            playwright.expect(chat.texts).to_have_count(messages)
            yield chat

    def take(self, chat: ChatPage, title: str, name: str) -> None:
        """Take the picture, once the rest of the page is there too."""
        playwright.expect(chat.in_side_bar(title)).to_be_visible()
        chat.page.wait_for_function("document.fonts.status === 'loaded'")
        chat.page.screenshot(path=IMAGES / name, animations="disabled")


def conversation(studio: Studio) -> None:
    """Two questions, and their answers."""
    title = "Reading a large file"
    for question in (CSV, GZIP):
        turn = studio.client.chat(question, title)
    with studio.page(turn.chat_id, 4) as chat:
        playwright.expect(chat.page.locator(".cm-content")).to_contain_text("csv.DictReader")
        studio.take(chat, title, "chat.png")


def image_and_sources(studio: Studio) -> None:
    """A question about an image and a file, and an answer with its source."""
    title = "Orders of half a year"
    with TemporaryDirectory() as folder:
        chart, report = Path(folder, "orders.png"), Path(folder, "report.txt")
        chart.write_bytes(picture(320, 200, _chart))
        report.write_text(REPORT)
        turn = studio.client.chat(CHART, title, image_paths=chart, rag_files=report)
    with studio.page(turn.chat_id, 2) as chat:
        playwright.expect(chat.pictures).to_have_js_property("naturalWidth", 320)
        chat.button("Toggle 1 source").click()
        playwright.expect(chat.button("View source: 1 report.txt")).to_be_visible()
        studio.take(chat, title, "image-and-sources.png")


def side_by_side(studio: Studio) -> None:
    """A question to two models."""
    title = "Two ways to reverse a list"
    result = studio.client.parallel_chat(LIST, title, [MODEL, SECOND_MODEL])
    with studio.page(result.chat_id, 3) as chat:
        playwright.expect(chat.columns).to_have_count(2)
        playwright.expect(chat.page.locator(".cm-content")).to_have_text(["names.reverse()", "backwards = names[::-1]"])
        studio.take(chat, title, "side-by-side.png")


def _chart(x: int, y: int) -> tuple[int, int, int]:
    """A column for each month, above a base line."""
    month, inside = divmod(x - 16, 48)
    if y in {181, 182}:
        return LINE
    if 0 <= month < len(ORDERS) and 8 <= inside < 40 and 180 - ORDERS[month] <= y <= 180:
        return BEST if ORDERS[month] == max(ORDERS) else BAR
    return PAPER


def _answer(request: ChatRequest) -> Iterator[Step]:
    yield from pieces(ANSWERS[request.asked])


def _second_answer(request: ChatRequest) -> Iterator[Step]:
    yield from pieces(SECOND_ANSWERS[request.asked])


def main() -> None:
    """Have the chats, open their pages, take the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        ScriptedModel(models={MODEL: _answer, SECOND_MODEL: _second_answer}) as model,
        LocalServer(model=model.url) as server,
        OpenWebUIClient(server.url, server.token, MODEL) as client,
        chromium() as browser,
    ):
        studio = Studio(client, server, browser)
        conversation(studio)
        image_and_sources(studio)
        side_by_side(studio)


if __name__ == "__main__":
    main()
