import ast
import re

import pytest

from documents import ROOT

LONGEST = 500
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
EXAMPLES = sorted((ROOT / "docs").rglob("*.py"))


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("file", [*SOURCES, *TESTS, *EXAMPLES], ids=name)
def test_no_file_is_longer_than_a_room(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_every_module_says_in_a_sentence_what_it_is_for(file):
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    assert docstring
    assert re.search(r"[.:]$", docstring.splitlines()[0])
