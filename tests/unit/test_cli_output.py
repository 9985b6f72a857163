import io
import json

import pytest

from openwebui_chat_client.cli._output import Output, printable


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def streams():
    return io.StringIO(), io.StringIO()


@pytest.fixture
def output(streams):
    return Output(*streams)


def test_data_goes_to_standard_output_and_all_else_to_standard_error(output, streams):
    output.say("data")
    output.note("progress")
    output.fail("it failed", "do this")
    out, err = streams
    assert out.getvalue() == "data\n"
    assert err.getvalue() == "progress\nError: it failed\ndo this\n"


def test_json_keeps_other_alphabets_readable(output, streams):
    output.json({"name": "Jürgen 你好"})
    assert "你好" in streams[0].getvalue()
    assert json.loads(streams[0].getvalue()) == {"name": "Jürgen 你好"}


def test_names_and_values_stand_in_two_columns(output, streams):
    output.pairs({"chat": "1", "address": "2"})
    assert streams[0].getvalue() == "chat     1\naddress  2\n"


def test_a_finding_that_is_well_needs_no_hint(output, streams):
    output.check("ok", "models", "3", "not shown")
    output.check("fail", "account", "pending", "ask an administrator")
    assert streams[0].getvalue().splitlines() == [
        "ok    models      3",
        "fail  account     pending",
        "                  ask an administrator",
    ]


def test_an_answer_in_a_pipe_is_its_text_and_one_line_break(output, streams):
    with output.paper() as paper:
        for piece in ("**Hel", "lo**", ""):
            paper.add(piece)
    assert streams[0].getvalue() == "**Hello**\n"


def test_an_answer_that_ends_its_line_gets_no_further_line_break(output, streams):
    with output.paper() as paper:
        paper.add("Hello\n")
    assert streams[0].getvalue() == "Hello\n"


def test_an_empty_answer_prints_nothing(output, streams):
    with output.paper():
        pass
    assert streams[0].getvalue() == ""


def test_a_text_that_replaces_another_in_a_pipe_stands_on_a_line_of_its_own(output, streams):
    with output.paper() as paper:
        paper.add("Hel")
        paper.replace("[removed]")
    assert streams[0].getvalue() == "Hel\n[removed]\n"


def test_an_answer_that_is_interrupted_ends_its_line(output, streams):
    def interrupted():
        with output.paper() as paper:
            paper.add("1 2")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert streams[0].getvalue() == "1 2\n"


def test_a_terminal_gets_colours_and_a_pipe_none(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    err = Terminal()
    Output(io.StringIO(), err).fail("it failed")
    assert err.getvalue() == "\x1b[31mError:\x1b[0m it failed\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_without_colours_gets_none(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    err = Terminal()
    Output(io.StringIO(), err).fail("it failed")
    assert err.getvalue() == "Error: it failed\n"


def test_a_terminal_that_cannot_move_its_cursor_gets_the_plain_text(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    out = Terminal()
    with Output(out, io.StringIO()).paper() as paper:
        paper.add("**Hello**")
    assert out.getvalue() == "**Hello**\n"


def test_what_would_command_a_terminal_is_taken_out():
    assert printable("a\x1b]0;title\x07b\r\x9bc\td\n") == "a]0;titlebc\td\n"


def test_what_a_server_says_does_not_command_the_terminal_either(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    err = Terminal()
    Output(io.StringIO(), err).note("reading \x1b[2J")
    assert err.getvalue() == "reading [2J\n"
