"""Flat names for knowledge bases and files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from .._bulk import Failure
from .._dual import Dual, M, alias, operation
from .._records import Record
from ..resources._sources import Source, named
from ..resources.files import File, Files
from ..resources.knowledge import Creations, Deletions, Knowledge, KnowledgeBases

StrPath: TypeAlias = "str | os.PathLike[str]"
WantedBases: TypeAlias = "Mapping[str, Source | Iterable[Source]] | Iterable[Mapping[str, Any]]"
"""Names with paths; or mappings with `name`, and if you like `description` and `files`."""


class DeletedCounts(tuple[int, int]):
    """`(deleted, failed)`, and `.failures`: the names of those that could not be deleted, with the reasons."""

    failures: dict[str, str]


class DeletedNames(tuple[int, int, list[str]]):
    """`(deleted, failed, names of what was deleted)`, and `.failures`: names with the reasons."""

    failures: dict[str, str]


class FilledBases(Record):
    """What became of each knowledge base."""

    success: list[str]
    """Names of those that every file is in."""
    failed: dict[str, str]
    """Names of the others, with the reason."""


class KnowledgeNames(Dual[M]):
    """`client.create_knowledge_base(…)` and its like."""

    files: Files[M]
    knowledge: KnowledgeBases[M]

    get_knowledge_base_by_name = alias(KnowledgeBases.find)

    @operation
    async def create_knowledge_base(self, name: str, description: str = "") -> Knowledge:
        """Make a knowledge base for yourself alone.

        Raises:
            ValueError: The name is empty.
            PermissionDeniedError: You may not make any.
        """
        return await self.knowledge.create(name, description)

    @operation
    async def add_file_to_knowledge_base(
        self, kb_id: StrPath | None = None, file_path: StrPath | None = None, *, knowledge_base_name: str | None = None
    ) -> bool:
        """Upload a file into a knowledge base, and wait until it is in. Always True: failure raises.

        Args:
            kb_id: The knowledge base; or the file, when only this argument is the path of one: the second is then the
                name of a knowledge base.
            file_path: The file.
            knowledge_base_name: Instead of `kb_id`; one of that name is made if there is none.

        Raises:
            FileNotFoundError: There is no such file; nothing was sent.
            NotFoundError: There is no such knowledge base; nothing was uploaded.
            AmbiguousNameError: Several have that name.
            BadRequestError: The server cannot read the file, or has the same text in there.
            TypeError: It is not said which file goes into which knowledge base.
        """
        path, base_id, name = _target(kb_id, file_path, knowledge_base_name)
        await self.knowledge.upload(base_id or (await self.knowledge.ensure(name)).id, path)
        return True

    @operation
    async def delete_knowledge_base(self, kb_id: str) -> bool:
        """Delete a knowledge base, for good; its files stay among your files. Always True: failure raises.

        Raises:
            NotFoundError: There is no such knowledge base.
        """
        await self.knowledge.delete(kb_id)
        return True

    @operation
    async def delete_all_knowledge_bases(self) -> DeletedCounts:
        """Delete **all** knowledge bases that you may change, for good, without a question.

        Returns:
            `(deleted, failed)`; `.failures` says what failed.
        """
        report = await self.knowledge.delete_all(confirm=True)
        counts = DeletedCounts((len(report.succeeded), len(report.failed)))
        counts.failures = _reasons(report.failed)
        return counts

    @operation
    async def delete_knowledge_bases_by_keyword(self, keyword: str, case_sensitive: bool = False) -> DeletedNames:  # noqa: FBT001, FBT002 - the original's
        """Delete every knowledge base that you may change and that has the keyword in its name, for good.

        Returns:
            `(deleted, failed, names of what was deleted)`; `.failures` says what failed.

        Raises:
            ValueError: The keyword is empty.
        """
        report = await self.knowledge.delete_by_keyword(keyword, case_sensitive=case_sensitive)
        return _deleted_names(report)

    @operation
    async def create_knowledge_bases_with_files(
        self,
        kb_file_mapping: WantedBases | None = None,
        max_workers: int = 3,
        *,
        knowledge_base_files: WantedBases | None = None,
        kb_configs: WantedBases | None = None,
    ) -> FilledBases:
        """Make one new knowledge base per entry, with its files in it.

        Args:
            kb_file_mapping: Names with paths; or mappings with `name`, and if you like `description` and `files`.
            max_workers: How many knowledge bases are filled at once.
            knowledge_base_files: Another name of the first.
            kb_configs: Another name of the first.

        Returns:
            `success`: the names of those that every file is in; `failed`: the others, with the reason.

        Raises:
            FileNotFoundError: A path is not there; nothing was made.
            ValueError: A name is empty, or there is nothing to make.
        """
        given = [one for one in (kb_file_mapping, knowledge_base_files, kb_configs) if one is not None]
        if len(given) != 1:
            raise TypeError("create_knowledge_bases_with_files() takes the knowledge bases once")
        return _filled(await self.knowledge.create_all(given[0], limit=max_workers))

    @operation
    async def upload_file(self, file_path: StrPath) -> File:
        """Upload a file, and wait until the server has read its text.

        Raises:
            FileNotFoundError: There is no such file; nothing was sent.
            BadRequestError: The server does not take it or cannot read it; `detail` is its reason.
        """
        return await self.files.upload(file_path)


def _target(base: StrPath | None, path: StrPath | None, name: str | None) -> tuple[StrPath, str, str]:
    """The file, which must be there, and the id of the knowledge base or its name; the other one is empty."""
    given = [one for one in (base, path) if one is not None]
    if len(given) != (2 if name is None else 1):
        raise TypeError("add_file_to_knowledge_base() takes one file, and a knowledge base by its id or by its name")
    if name is None and Path(given[0]).is_file() and not Path(given[1]).is_file():
        given, name = given[:1], os.fspath(given[1])
    named(given[-1])
    return given[-1], os.fspath(given[0]) if name is None else "", name or ""


def _reasons(failed: Iterable[Failure]) -> dict[str, str]:
    return {failure.item: failure.error for failure in failed}


def _deleted_names(report: Deletions) -> DeletedNames:
    names = DeletedNames((len(report.succeeded), len(report.failed), [one.name for one in report.succeeded]))
    names.failures = _reasons(report.failed)
    return names


def _filled(report: Creations) -> FilledBases:
    return FilledBases(success=[one.name for one in report.succeeded], failed=_reasons(report.failed))
