"""Writes the table of what works on which server into the READMEs, from what the live tests showed there."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from openwebui_chat_client import _server
from openwebui_chat_client._server import Feature

HERE = Path(__file__).parent
SHOWN = HERE / "versions.json"
READMES = (HERE.parent / "README.md", HERE.parent / "README.zh-CN.md")
BEGIN, END = "<!-- versions: made by make matrix -->\n", "<!-- end of versions -->\n"
AREAS = {
    "Chats: ask, continue, stream, stop": ("test_turns", "test_turn_failures", "test_titles", "test_turns_namespace"),
    "Images, documents, tools, tags, titles, follow-ups": ("test_turn_options",),
    "Several models side by side": ("test_parallel",),
    "Conversations and branches": ("test_conversation",),
    "Continuous chats, research, tasks": ("test_agents_*",),
    "Managing chats and folders": ("test_chat*", "test_folder*"),
    "Models and permissions": ("test_model*",),
    "Knowledge bases and files": ("test_knowledge*", "test_files"),
    "Notes, prompts, memories, skills": ("test_notes", "test_prompts", "test_memories", "test_skills"),
    "Tools and functions": ("test_tools", "test_functions"),
    "Users, groups, signing in, settings": (
        "test_users",
        "test_own*",
        "test_credentials",
        "test_signing*",
        "test_configs",
    ),
    "All that the original promised": ("test_original_traps",),
}
Rows = dict[str, dict[str, dict[str, int]]]


def table(shown: Rows) -> str:
    """The table: a row per area, then one per feature that some server lacks."""
    versions = sorted(shown, key=_server.parse, reverse=True)
    lines = [f"| | {' | '.join(versions)} |", f"|---|{'---|' * len(versions)}"]
    for area, patterns in AREAS.items():
        cells = [cell(outcomes(shown[version], patterns)) for version in versions]
        lines.append(f"| **{area}** | {' | '.join(cells)} |")
    for feature in features():
        cells = [cell(shown[version].get(feature.name, {})) for version in versions]
        if "–" in cells:
            lines.append(f"| {feature.name[:1].upper()}{feature.name[1:]} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def outcomes(rows: dict[str, dict[str, int]], patterns: Iterable[str]) -> dict[str, int]:
    """What the tests of an area showed on one version."""
    found: dict[str, int] = {}
    for name, counts in rows.items():
        if any(Path(name).match(pattern) for pattern in patterns):
            for outcome, count in counts.items():
                found[outcome] = found.get(outcome, 0) + count
    return found


def cell(counts: dict[str, int]) -> str:
    """A tick for what works, a dash for what is refused, both for an area of which something is refused."""
    if counts.get("failed"):
        return "✗"
    works, refused = counts.get("passed", 0), counts.get("refused", 0)
    return "✓ –" if works and refused else "✓" if works else "–" if refused else ""


def features() -> list[Feature]:
    """The features, the oldest first."""
    found = [value for value in vars(_server).values() if isinstance(value, Feature)]
    return sorted(found, key=lambda feature: (feature.since, feature.name))


def filled(text: str, shown: Rows) -> str:
    """The README with this table."""
    return re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{table(shown)}\n{END}", text, flags=re.DOTALL)


def counted(tests: dict[str, Any]) -> dict[str, dict[str, int]]:
    """How often each row of one version had which outcome."""
    rows: dict[str, dict[str, int]] = {}
    for test in tests.values():
        for row in test["rows"]:
            counts = rows.setdefault(row, {})
            counts[test["outcome"]] = counts.get(test["outcome"], 0) + 1
    return rows


def main(paths: list[str]) -> None:
    """Take in what runs of the tests wrote down, and write the table."""
    shown: Rows = json.loads(SHOWN.read_text(encoding="utf-8")) if SHOWN.exists() else {}
    for path in map(Path, paths):
        shown[path.stem] = counted(json.loads(path.read_text(encoding="utf-8")))
    SHOWN.write_text(json.dumps(shown, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    for readme in READMES:
        readme.write_text(filled(readme.read_text(encoding="utf-8"), shown), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
