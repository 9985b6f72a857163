import base64
import os
import re
import subprocess
import sys

import pytest

from documents import EXAMPLES, PAGES, READMES, ROOT, addressed, program
from openwebui_chat_client._server import parse

WITH_CODE = [document for document in (READMES[0], *PAGES) if program(document)]
"""The Chinese README has the code of the English one: tests/contract/test_documents.py sees to that."""

SAYS = {
    "agents.py": "1. Name a river of Europe. - Name a river of Europe.",
    "archive.py": "chats would be archived.",
    "async_chat.py": "Rhine: Where does the Rhine begin?",
    "chat.py": "Which of them is the longest?",
    "conversation.py": "Name a river of Asia. > Name a river of Asia.",
    "documents.py": "2 files are in the knowledge base, 0 are not.",
    "errors.py": "No such model: ",
    "folders.py": "The mouth of the Danube",
    "images.py": "The chat keeps square.png.",
    "local_server.py": "The reader sees 1 chat.",
    "parallel.py": "echo-2: Which river of Europe is the longest?",
    "stream.py": "And about the Rhine?",
}
"""What an example prints, among other things, where the model echoes the question."""

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQD3A0FDAAAAAElFTkSuQmCC")
ADDER = '''"""
title: Adder
"""


class Tools:
    def add(self, a: int, b: int) -> str:
        """
        Add two numbers.

        :param a: The first.
        :param b: The second.
        """
        return str(a + b)
'''
FILES = {
    "cat.png": PNG,
    "report.txt": b"Sales grew by three per cent.\n",
    "rules.txt": b"Who is ill calls before nine.\n",
    "holidays.txt": b"The office is closed on the first of May.\n",
    "handbook/start.md": b"# The first day\n\nAsk for Ada.\n",
    "handbook/travel/trains.md": b"# Trains\n\nSecond class.\n",
    "handbook/drafts.log": b"nothing yet\n",
    "adder.py": ADDER.encode(),
}
"""The files that the documents speak of, where their code runs."""


def name(path):
    return str(path.relative_to(ROOT))


def run(*arguments, place, text="", **settings) -> str:
    """What a program writes, run by itself in this directory; no setting of ours is in its environment."""
    known = {key: value for key, value in os.environ.items() if not key.startswith(("OPEN_WEBUI_", "OUI_"))}
    done = subprocess.run(
        [sys.executable, *arguments],
        input=text,
        capture_output=True,
        text=True,
        cwd=place,
        env={**known, "PYTHONUTF8": "1", **settings},
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


def refused(error: AssertionError, version: str) -> bool:
    """Whether a program ended since the server is too old for what comes next, and the client said so."""
    needs = re.search(r"UnsupportedError: .*: needs Open WebUI (\S+), the server is (\S+)\s*$", str(error.args[0]))
    return bool(needs) and parse(needs[2]) == parse(version) < parse(needs[1])


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_an_example_prints_what_it_is_there_to_show(example, server, tmp_path):
    settings = {"OPEN_WEBUI_URL": server.url, "OPEN_WEBUI_API_KEY": server.token, "OUI_DEFAULT_MODEL": "echo"}
    assert SAYS[example.name] in run("-W", "error", str(example), place=tmp_path, **settings)


@pytest.mark.parametrize("document", WITH_CODE, ids=name)
def test_the_code_of_a_document_runs_from_top_to_bottom(document, server, tmp_path):
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    code = addressed(program(document), server.url, server.token, "echo", "echo-2")
    try:
        run("-", place=tmp_path, text=code)
    except AssertionError as error:
        if not refused(error, server.version):
            raise
