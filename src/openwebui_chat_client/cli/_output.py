"""The only place that prints: data on standard output, everything else on standard error."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
COLOURS = {"ok": "32", "warn": "33", "fail": "31", "dim": "2"}


class Paper(Protocol):
    """What an answer is written on while it comes."""

    def add(self, text: str) -> None:
        """Write more."""
        ...

    def replace(self, text: str) -> None:
        """Write this instead of all that has come so far."""
        ...

    def pause(self) -> None:
        """Leave the terminal as it is after the last whole line, for something else to be written there."""
        ...

    def end(self) -> None:
        """Nothing more will come."""
        ...


class PlainPaper:
    """The answer as it comes, for a pipe or a file. What has been written cannot be taken back."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._last = "\n"

    def add(self, text: str) -> None:
        """See `Paper`."""
        if text:
            self._file.write(text)
            self._file.flush()
            self._last = text[-1]

    def replace(self, text: str) -> None:
        """See `Paper`; here the new text follows on a line of its own."""
        self.end()
        self.add(text)

    def pause(self) -> None:
        """See `Paper`."""

    def end(self) -> None:
        """See `Paper`."""
        if self._last != "\n":
            self.add("\n")


class Output:
    """Where a command prints, as text for people or, on request, as JSON."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err
        self._paper: Paper | None = None

    @classmethod
    def of_process(cls) -> Output:
        """The process's own streams; a character that they cannot carry does not end the command."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        return cls(sys.stdout, sys.stderr)

    def say(self, text: str) -> None:
        """A line of data."""
        _line(self._out, text)

    def json(self, value: Any) -> None:
        """Data for programs."""
        self.say(json.dumps(value, indent=2, ensure_ascii=False))

    def pairs(self, pairs: dict[str, str]) -> None:
        """Data as names and values, one below the other."""
        width = max(map(len, pairs), default=0)
        for name, value in pairs.items():
            self.say(f"{name:{width}}  {value}")

    def check(self, state: str, name: str, text: str, hint: str) -> None:
        """One finding of an examination, and below it what to do about it."""
        _line(self._out, f"  {name:10}  {text}", start=f"{state:4}", colour=state)
        if hint and state != "ok":
            _line(self._out, f"{'':18}{hint}")

    def note(self, text: str) -> None:
        """A line about what is going on."""
        if self._paper is not None:
            self._paper.pause()
        _line(self._err, "", start=text, colour="dim")

    def fail(self, text: str, hint: str = "") -> None:
        """What went wrong, and what to do about it."""
        _line(self._err, f" {text}", start="Error:", colour="fail")
        if hint:
            _line(self._err, hint)

    @contextmanager
    def paper(self) -> Generator[Paper]:
        """What an answer is written on: rendered Markdown on a terminal, else the text as it is."""
        self._paper = _paper(self._out)
        try:
            yield self._paper
        finally:
            self._paper.end()
            self._paper = None


def _paper(file: TextIO) -> Paper:
    if file.isatty() and os.environ.get("TERM", "") not in {"", "dumb", "unknown"}:
        from ._markdown import MarkdownPaper

        return MarkdownPaper(file)
    return PlainPaper(file)


def _line(file: TextIO, text: str, *, start: str = "", colour: str = "") -> None:
    """Write a line, whose start may be coloured; nothing in it commands a terminal."""
    if file.isatty():
        start, text = printable(start), printable(text)
        if colour and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb":
            start = f"\x1b[{COLOURS[colour]}m{start}\x1b[0m"
    file.write(f"{start}{text}\n")
    file.flush()


def printable(text: str) -> str:
    """The text without what would command a terminal."""
    return CONTROLS.sub("", text)
