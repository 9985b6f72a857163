"""Pure: a directory beside what a knowledge base holds, and what would have to change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .._records import Record
from ._directory import LocalFile


class Difference(Record):
    """The server's comparison."""

    added: list[dict[str, Any]]
    modified: list[dict[str, Any]]
    deleted: list[dict[str, Any]]
    mkdir: list[str]
    """Paths, parents first."""
    rmdir: list[str]
    """Ids."""
    unmodified_count: int = 0
    directory_map: dict[str, str]
    """Path to id."""


class Held(NamedTuple):
    """A file in the knowledge base."""

    id: str
    path: str
    checksum: str
    """SHA-256 of its bytes; empty when nobody knows."""
    text_hash: str
    """SHA-256 of its text, of which a knowledge base takes no two alike; empty when nobody knows."""
    directory_id: str | None


@dataclass
class Plan:
    """What would have to change."""

    former: dict[str, list[str]]
    """The path of each file to send, and the ids of its former versions: none if it is new."""
    leaving: dict[str, Held] = field(default_factory=dict[str, Held])
    """What the directory does not have, by its id."""
    unchanged: int = 0
    mkdir: list[str] = field(default_factory=list[str])
    """Paths, parents first."""
    rmdir: list[str] = field(default_factory=list[str])
    """Ids."""
    folders: dict[str, str] = field(default_factory=dict[str, str])
    """The ids of the directories in the knowledge base by their paths."""

    def added(self, *, without: Iterable[str] = ()) -> list[str]:
        """The paths of new files."""
        return sorted(path for path, former in self.former.items() if not former and path not in set(without))

    def changed(self, *, without: Iterable[str] = ()) -> list[str]:
        """The paths of files that have former versions."""
        return sorted(path for path, former in self.former.items() if former and path not in set(without))


def compare(held: Iterable[Held], files: Iterable[LocalFile]) -> Plan:
    """What would have to change, by path and checksum; the second file of a path leaves."""
    there: dict[str, list[Held]] = {}
    for one in held:
        there.setdefault(one.path, []).append(one)
    plan = Plan({})
    for file in files:
        versions = there.pop(file.path, [])
        same = next((one for one in versions if one.checksum == file.checksum), None)
        if same is None:
            plan.former[file.path] = [one.id for one in versions]
        else:
            plan.unchanged += 1
            there[file.path] = [one for one in versions if one is not same]
    plan.leaving = {one.id: one for versions in there.values() for one in versions}
    return plan


def read(difference: Difference) -> Plan:
    """The server's comparison as a plan; of what leaves, it says the name and not the path."""
    former: dict[str, list[str]] = {_path(row): [] for row in difference.added}
    former |= {_path(row): [row["stale_file_id"]] for row in difference.modified}
    return Plan(
        former=former,
        leaving={row["file_id"]: Held(row["file_id"], row["filename"], "", "", None) for row in difference.deleted},
        unchanged=difference.unmodified_count,
        mkdir=difference.mkdir,
        rmdir=difference.rmdir,
        folders=difference.directory_map,
    )


def refine(plan: Plan, held: Iterable[Held], files: Iterable[LocalFile]) -> Plan:
    """The server's plan with what it does not see: paths of what leaves, and several files of one path."""
    own = compare(held, files)
    former = {path: [*{*ids, *plan.former[path]}] for path, ids in own.former.items() if path in plan.former}
    unchanged = plan.unchanged + len(plan.former) - len(former)
    leaving = {**plan.leaving, **own.leaving}
    return Plan(former, leaving, unchanged, plan.mkdir, plan.rmdir, plan.folders)


def _path(row: dict[str, Any]) -> str:
    return f"{row['path']}/{row['filename']}" if row["path"] else row["filename"]
