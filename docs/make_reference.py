"""Writes docs/reference.md: every method of every namespace with its flat name, its routes and the first server."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from openwebui_chat_client import OpenWebUIClient
from openwebui_chat_client._dual import Dual

HERE = Path(__file__).parent
KNOWN = HERE.parent / "tests" / "contract" / "routes.tsv"
TARGET = HERE / "reference.md"
ROUTE = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/[\w/{}.-]*)")
INTERNAL = {("Server", "has"), ("Server", "require")}
OLDER = re.compile(r"UnsupportedError: The server is older than (\d+\.\d+)")
OLDEST = "0.6"
HEAD = """# Reference

Every method of every namespace, made from the code. *Flat name* is the original's, on the client itself. *Since* is the
oldest server that the method works on; an older one is refused with an UnsupportedError. 0.6 is the oldest known.
What the methods take and give back is in their docstrings: `help(client.chats.rename)`.
"""


def routes(method: object) -> list[str]:
    """The routes that a method's docstring names, as `METHOD /path/{id}`."""
    text = " ".join((inspect.getdoc(method) or "").split())
    lines = re.findall(r"Routes?:(.*?)(?= Raises:| Args:| Example:| Returns:|$)", text)
    return list(dict.fromkeys(f"{verb} {path.rstrip('.')}" for line in lines for verb, path in ROUTE.findall(line)))


def first_server(method: object) -> str:
    """The oldest server that it works on: the one that its docstring names, or all that are known."""
    text = " ".join((inspect.getdoc(method) or "").split())
    found = OLDER.search(text)
    return found[1] if found else OLDEST


def known_routes() -> dict[str, list[str]]:
    """Every route of the servers that we know, with the versions that have it."""
    rows = (line.split("\t") for line in KNOWN.read_text(encoding="utf-8").splitlines())
    return {f"{verb} {path}": versions.split() for verb, path, versions in rows}


def plain(route: str) -> str:
    """A route without the names of what stands in its path."""
    return re.sub(r"\{[^}]*\}", "{}", route)


def namespaces(client: OpenWebUIClient) -> Iterator[tuple[str, Dual]]:
    """The client's namespaces by name."""
    for name, part in sorted(vars(client).items()):
        if isinstance(part, Dual) and not name.startswith("_"):
            yield name, part


def methods(part: object) -> Iterator[tuple[str, object]]:
    """The public methods of a namespace or a client."""
    for name in sorted(dir(type(part))):
        if name.startswith("_") or (type(part).__name__, name) in INTERNAL:
            continue
        if callable(method := getattr(part, name)):
            yield name, method


def flat_names(client: OpenWebUIClient) -> dict[str, list[str]]:
    """The flat names by the method of a namespace that they call: an alias, or an adapter of one call."""
    found: dict[str, list[str]] = {}
    for name, method in methods(client):
        source = inspect.getsource(inspect.unwrap(method))
        called = [f"{inspect.unwrap(method).__qualname__}"] if inspect.unwrap(method).__name__ != name else []
        called += re.findall(r"self\.(\w+\.\w+)\(", source)
        for one in called[-1:]:
            found.setdefault(one, []).append(name)
    return found


def reference() -> str:
    """The whole page."""
    with OpenWebUIClient("http://localhost", "sk-none") as client:
        flat = flat_names(client)
        parts = [HEAD]
        for name, part in namespaces(client):
            parts.append(f"\n## client.{name}\n\n| method | flat name | routes | since |\n|---|---|---|---|")
            for method_name, method in methods(part):
                owner = inspect.unwrap(method).__qualname__
                names = [*flat.get(f"{name}.{method_name}", []), *flat.get(owner, [])]
                found = [route.replace("{area}", getattr(part, "_area", "")) for route in routes(method)]
                cells = (
                    f"`{method_name}`",
                    ", ".join(f"`{one}`" for one in dict.fromkeys(names)),
                    "<br>".join(f"`{route}`" for route in found),
                    first_server(method),
                )
                parts.append(f"| {' | '.join(cells)} |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
    sys.stdout.write(f"{TARGET}\n")
