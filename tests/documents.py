"""The documents as the tests see them: which there are, their code, their headings, their links."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
PAGES = tuple(sorted((ROOT / "docs").glob("*.md")))
ALL = (*READMES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *PAGES)
EXAMPLES = tuple(sorted((ROOT / "docs" / "examples").glob("*.py")))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
PLACEHOLDERS = ("http://localhost:3000", "your-api-key", "your-model", "another-model")
"""What stands in the documents for an address, a token and two models."""


def blocks(document: Path) -> list[tuple[str, str]]:
    """Language and text of each fenced block, in order."""
    return BLOCK.findall(document.read_text(encoding="utf-8"))


def prose(document: Path) -> str:
    """The text without its fenced blocks."""
    return BLOCK.sub("", document.read_text(encoding="utf-8"))


def program(document: Path) -> str:
    """The Python blocks one after the other, as a reader types them into one session."""
    return "\n".join(text for language, text in blocks(document) if language == "python")


def addressed(text: str, address: str, token: str, model: str, other: str) -> str:
    """The text with a real address, token and models where it has the placeholders."""
    for placeholder, real in zip(PLACEHOLDERS, (address, token, model, other), strict=True):
        text = text.replace(f'"{placeholder}"', repr(real))
    return text
