"""Markdown on a terminal while it comes: whole blocks are printed for good, the one in the making is redrawn."""

from __future__ import annotations

import re
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.markdown import Markdown
from rich.segment import Segment

from ._output import printable

FENCE = re.compile(r"\s*(?P<marks>`{3,}|~{3,})(?P<rest>.*)")
REDRAWS = 10
"""Per second."""


def settled(text: str) -> int:
    """How many characters at the start of this Markdown are whole blocks that nothing to come can change.

    A block ends at a blank line outside a fence if the next line begins at the margin.
    """
    cut = position = 0
    fence, blank = "", False
    for line in text.split("\n"):
        if not fence and blank and line[:1].strip():
            cut = position
        fence = _fence(fence, line)
        blank = not line.strip()
        position += len(line) + 1
    return cut


def _fence(fence: str, line: str) -> str:
    """The fence that is open after this line; "" when none is."""
    found = FENCE.fullmatch(line)
    if found is None:
        return fence
    marks, rest = found["marks"], found["rest"]
    if not fence:
        return "" if marks[0] in rest and marks[0] == "`" else marks
    return "" if marks.startswith(fence) and not rest.strip() else fence


class MarkdownPaper:
    """An answer on a terminal."""

    def __init__(self, file: TextIO) -> None:
        self._console = Console(file=file, highlight=False)
        self._tail = _Tail()
        self._live = Live(
            self._tail,
            console=self._console,
            refresh_per_second=REDRAWS,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="visible",
        )
        self._first = True

    def add(self, text: str) -> None:
        """See `Paper`."""
        text = self._tail.text + printable(text)
        cut = settled(text)
        if cut:
            self._print(text[:cut])
        self._tail.text = text[cut:]
        self._live.start()

    def replace(self, text: str) -> None:
        """See `Paper`; here what is still being drawn goes away, and whole blocks stay above a rule."""
        self._tail.text = ""
        if not self._first:
            self._print("---\n")
        self.add(text)

    def pause(self) -> None:
        """See `Paper`; the next text draws again."""
        self._live.stop()

    def end(self) -> None:
        """See `Paper`."""
        self._live.stop()
        if self._tail.text.strip():
            self._print(self._tail.text)
        self._tail.text = ""

    def _print(self, markdown: str) -> None:
        if not self._first:
            self._console.print()
        self._first = False
        self._console.print(Markdown(markdown))


class _Tail:
    """The block in the making, as much of its end as the terminal has lines."""

    text = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(Markdown(self.text), options, pad=False)
        for line in lines[-max(1, console.height - 2) :]:
            yield from line
            yield Segment.line()
