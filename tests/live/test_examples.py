import os
import subprocess
import sys

import pytest

from documents import EXAMPLES, PAGES, READMES, ROOT, addressed, program

WITH_CODE = [document for document in (READMES[0], *PAGES) if program(document)]
"""The Chinese README has the code of the English one: tests/contract/test_documents.py sees to that."""

SAYS = {
    "async_chat.py": "Rhine: Where does the Rhine begin?",
    "chat.py": "Which of them is the longest?",
    "errors.py": "No such model: ",
    "folders.py": "The mouth of the Danube",
    "local_server.py": "The reader sees 1 chat.",
    "stream.py": "And about the Rhine?",
}
"""What an example prints, among other things, where the model echoes the question."""


def name(path):
    return str(path.relative_to(ROOT))


def run(*arguments, text="", **settings) -> str:
    """What a program writes, run by itself; no setting of ours is in its environment."""
    known = {key: value for key, value in os.environ.items() if not key.startswith(("OPEN_WEBUI_", "OUI_"))}
    done = subprocess.run(
        [sys.executable, *arguments],
        input=text,
        capture_output=True,
        text=True,
        env={**known, "PYTHONUTF8": "1", **settings},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_an_example_prints_what_it_is_there_to_show(example, server):
    settings = {"OPEN_WEBUI_URL": server.url, "OPEN_WEBUI_API_KEY": server.token, "OUI_DEFAULT_MODEL": "echo"}
    assert SAYS[example.name] in run("-W", "error", str(example), **settings)


@pytest.mark.parametrize("document", WITH_CODE, ids=name)
def test_the_code_of_a_document_runs_from_top_to_bottom(document, server):
    run("-", text=addressed(program(document), server.url, server.token, "echo"))
