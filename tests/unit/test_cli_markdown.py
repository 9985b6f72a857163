import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwebui_chat_client.cli._markdown import MarkdownPaper, settled

CASES = [  # what has come, which part of it is settled
    ("", ""),
    ("One para", ""),
    ("One para\n\n", ""),
    ("One para\n\nTwo", "One para\n\n"),
    ("One para\nstill", ""),
    ("1. one\n\n   more of one", ""),
    ("1. one\n\n2. two", "1. one\n\n"),
    ("```py\na\n\nb\n", ""),
    ("```py\na\n\nb\n```\n\nAfter", "```py\na\n\nb\n```\n\n"),
    ("````\n```\n\nb\n", ""),
    ("~~~\n```\n\nb\n", ""),
    ("```not a fence```\n\nAfter", "```not a fence```\n\n"),
    ("# Title\n\n| a |\n|---|\n\n", "# Title\n\n"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_block_is_settled_once_the_next_one_has_begun(text, expected):
    assert text[: settled(text)] == expected


@given(st.text(alphabet="a 1.`~-\n", max_size=60), st.integers(0, 60))
def test_what_is_settled_stays_settled_whatever_comes(text, end):
    assert settled(text[:end]) <= settled(text) <= len(text)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    return Terminal()


def test_whole_blocks_are_rendered_once_and_in_order(terminal):
    paper = MarkdownPaper(terminal)
    for piece in ("A **bold** wo", "rd\n\nNe", "xt block\n\n", "Last"):
        paper.add(piece)
    paper.end()
    seen = terminal.getvalue()
    assert "**" not in seen
    assert seen.count("A \x1b[1mbold\x1b[0m word") == 1
    assert seen.index("bold") < seen.index("Next block") < seen.rindex("Last")


def test_a_model_cannot_command_the_terminal(terminal):
    paper = MarkdownPaper(terminal)
    paper.add("before \x1b]0;owned\x07 after")
    paper.end()
    assert "\x1b]0" not in terminal.getvalue()


def test_an_answer_of_nothing_draws_nothing(terminal):
    MarkdownPaper(terminal).end()
    assert terminal.getvalue() == ""


def test_drawing_goes_on_after_something_else_was_written(terminal):
    paper = MarkdownPaper(terminal)
    paper.add("before ")
    paper.pause()
    terminal.write("NOTE\n")
    paper.add("and after")
    paper.end()
    seen = terminal.getvalue()
    assert seen.index("NOTE") < seen.index("before and after")
    assert seen.rstrip().endswith("before and after")


def test_a_text_that_replaces_another_is_the_one_that_stays(terminal):
    paper = MarkdownPaper(terminal)
    paper.add("a secret")
    paper.replace("[removed]")
    paper.end()
    assert terminal.getvalue().rstrip().endswith("[removed]")


def test_of_a_block_longer_than_the_terminal_the_end_is_drawn(terminal, monkeypatch):
    monkeypatch.setenv("LINES", "10")
    paper = MarkdownPaper(terminal)
    paper.add("\n".join(f"- item {number}" for number in range(50)))
    paper.pause()
    drawn = terminal.getvalue()
    assert "item 49" in drawn
    assert "item 3 " not in drawn
    paper.end()
    assert "item 3 " in terminal.getvalue()
