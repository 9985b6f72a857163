"""Every public method is called by a live test, whose one text runs on both clients."""

import ast
import importlib.util
import inspect

import pytest

from documents import ROOT
from openwebui_chat_client import OpenWebUIClient

LIVE = sorted((ROOT / "tests" / "live").glob("*.py"))
TALKS = {"talk", "conversation"}
"""What the live tests call a conversation."""
CLIENT = "client"
spec = importlib.util.spec_from_file_location("make_reference", ROOT / "docs" / "make_reference.py")
maker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(maker)


def called(source):
    """What a test calls: `keyed.notes.get(…)` is `notes.get`, and `keyed.chat(…)` is `client.chat`.

    Only what async functions call counts: a test that blocks has the sync client alone.
    """
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.AsyncFunctionDef):
            yield from filter(None, map(target, ast.walk(function)))


def target(node):
    """The owner and the name of the method that is called here; None when none is."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=owner), attr=method)):
            return owner, method
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Attribute(attr=owner)), attr=method)):
            return owner, method
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=method)):
            return owner if owner in TALKS else CLIENT, method
    return None


def public(client):
    """Each public method, with every way to call it: a flat name may be the very same function."""
    flat = {}
    for name, method in maker.methods(client):
        flat.setdefault(inspect.unwrap(method), set()).add((CLIENT, name))
    for namespace, part in maker.namespaces(client):
        for name, method in maker.methods(part):
            yield f"{namespace}.{name}", {(namespace, name), *flat.get(inspect.unwrap(method), ())}
    for name, _ in maker.methods(client.conversation("Any")):
        yield f"conversation.{name}", {(talk, name) for talk in TALKS}
    for name, _ in maker.methods(client):
        yield name, {(CLIENT, name)}


with OpenWebUIClient("http://localhost", "sk-none") as opened:
    METHODS = dict(public(opened))
CALLED = {call for file in LIVE for call in called(file.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("method", METHODS)
def test_a_live_test_calls_every_public_method(method):
    assert METHODS[method] & CALLED, f"no live test calls {method}"


def test_a_call_is_found_by_its_namespace_and_its_name():
    source = """
async def one(keyed, title):
    await keyed.notes.get(title)
    await keyed.chat(title)
    await keyed.conversation(title).ask(title)
    talk.rename(title)
    keyed.notes.delete

def two(keyed):
    keyed.notes.pin("n")
"""
    found = set(called(source))
    assert found == {
        ("notes", "get"),
        ("client", "chat"),
        ("client", "conversation"),
        ("conversation", "ask"),
        ("talk", "rename"),
    }
