"""Renews the pictures in the documents: python tests/live/take_pictures.py. The answers on them are scripted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from openwebui_chat_client import OpenWebUIClient
from openwebui_chat_client.local import LocalServer, ScriptedModel
from openwebui_chat_client.local.scripted.conversation import ChatRequest
from openwebui_chat_client.local.scripted.models import pieces
from openwebui_chat_client.local.scripted.steps import Step

sys.path.insert(0, str(Path(__file__).parents[1]))

from live.browser import ChatPage, chromium, playwright

IMAGES = Path(__file__).parents[2] / "docs" / "images"
MODEL = "demo-model"
TITLE = "Reading a large file"
TALK = {
    "How do I read a large CSV file in Python without loading all of it?": """\
Iterate over it: `csv.DictReader` keeps one row in memory at a time.

```python
import csv

with open("orders.csv", newline="") as file:
    total = sum(float(row["price"]) for row in csv.DictReader(file))
```
""",
    "And if it is compressed?": "Open it with `gzip.open(path, 'rt', newline='')` instead; the rest stays as it is.",
}


def _answer(request: ChatRequest) -> Iterator[Step]:
    yield from pieces(TALK[request.question])


def main() -> None:
    """Have the chat, open its page, take the picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        ScriptedModel(models={MODEL: _answer}) as model,
        LocalServer(model=model.url) as server,
        OpenWebUIClient(server.url, server.token, MODEL) as client,
        chromium() as browser,
    ):
        for question in TALK:
            turn = client.chat(question, TITLE)
        with closing(ChatPage(browser, server.url, server.jwt, turn.chat_id)) as chat:
            playwright.expect(chat.texts).to_have_count(2 * len(TALK))
            playwright.expect(chat.page.locator(".cm-content")).to_contain_text("csv.DictReader")
            playwright.expect(chat.in_side_bar(TITLE)).to_be_visible()
            chat.page.wait_for_function("document.fonts.status === 'loaded'")
            chat.page.screenshot(path=IMAGES / "chat.png", animations="disabled")


if __name__ == "__main__":
    main()
