import ast
import re
import urllib.parse

import pytest

from documents import ALL, EXAMPLES, HEADING, LINK, PAGES, READMES, ROOT, blocks, program, prose

COMMAND = re.compile(r"^(?:make|owui) [a-z]+(?: (?:up|down|status|logs)\b)?", re.MULTILINE)
INLINE = re.compile(r"`((?:make|owui) [a-z]+)[^`]*`")


def name(path):
    return str(path.relative_to(ROOT))


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def commands(document):
    consoles = "\n".join(text for language, text in blocks(document) if language == "console")
    return {*COMMAND.findall(consoles), *INLINE.findall(prose(document))}


def test_both_readmes_have_the_same_code():
    english, chinese = map(blocks, READMES)
    assert english == chinese


def test_both_readmes_have_the_same_headings_tables_and_links():
    english, chinese = map(prose, READMES)
    assert [level for level, _ in HEADING.findall(english)] == [level for level, _ in HEADING.findall(chinese)]
    assert len(re.findall(r"^\|", english, re.MULTILINE)) == len(re.findall(r"^\|", chinese, re.MULTILINE))
    assert sorted(LINK.findall(english)) == sorted(LINK.findall(chinese))


@pytest.mark.parametrize("document", ALL, ids=name)
def test_every_link_to_a_file_leads_somewhere(document):
    for link in LINK.findall(prose(document)):
        target = urllib.parse.urlsplit(link)
        if target.scheme:
            continue
        file = document.parent / target.path if target.path else document
        assert file.exists(), link
        if target.fragment:
            assert target.fragment in {anchor(heading) for _, heading in HEADING.findall(prose(file))}, link


@pytest.mark.parametrize("document", ALL, ids=name)
def test_every_command_that_a_document_names_exists(document):
    click_commands = pytest.importorskip("openwebui_chat_client.cli._app").COMMANDS
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for command in commands(document):
        program, word = command.split()[:2]
        assert word in (targets if program == "make" else click_commands), command


@pytest.mark.parametrize("document", [*READMES, *PAGES], ids=name)
def test_every_python_block_can_be_parsed(document):
    ast.parse(program(document))


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_every_example_says_what_it_shows_and_takes_its_server_from_the_environment(example):
    tree = ast.parse(example.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert not any("localhost" in text for text in texts)
