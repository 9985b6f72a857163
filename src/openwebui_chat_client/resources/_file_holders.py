"""Which knowledge bases hold a file, and whose it is: for servers that do not see to it themselves."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, List

from .._bulk import LIMIT
from .._dual import M
from .._http import segment
from .._pages import items, walk
from .._records import Record, mapping
from .._server import ADMIN_WRITES, CLEAN_DELETES, OTHERS_TEXTS
from ..errors import NotFoundError
from ._file_lists import FileLists
from ._file_records import File

ROWS = 30
"""On a page of a knowledge base's files, and of knowledge bases."""
Holders = dict[str, List[dict[str, Any]]]
"""The ids of files, each with the knowledge bases that hold it."""


class FileHolders(FileLists[M]):
    """Finds what holds a file."""

    async def _holders(self, name: str = "") -> Holders:
        """The files of this name in the knowledge bases that you can read, each with those; without one, all files."""
        bases = await self._all("/api/v1/knowledge/")
        piece = max(name.split("\\"), key=len)  # some databases take the backslash for an escape
        query = {"query": piece if piece.strip() else None}
        found = await self._http.runtime.gather([partial(self._held, base, query) for base in bases], limit=LIMIT)
        holders: Holders = {}
        for base, ids in zip(bases, found, strict=True):
            for file_id in ids:
                holders.setdefault(file_id, []).append(base)
        return holders

    async def _held(self, base: Mapping[str, Any], query: dict[str, Any]) -> List[str]:
        try:
            return [row["id"] for row in await self._all(f"/api/v1/knowledge/{segment(base['id'])}/files", query)]
        except NotFoundError:  # deleted since it was listed
            return []

    async def _all(self, path: str, query: Mapping[str, Any] | None = None) -> List[Record]:
        async def fetch(page: int) -> List[Record]:
            answer = await self._http.call(object, "GET", path, params={**(query or {}), "page": page})
            return items(List[Record], answer)

        async with aclosing(walk(fetch, size=ROWS)) as rows:
            return [row async for row in rows]

    async def _changeable_holders(self, file: File) -> List[str]:
        """The ids of the knowledge bases that hold it and that you may change."""
        bases = (await self._holders(file.filename)).get(file.id, [])
        mine = [base for base in bases if base.get("write_access")]
        if len(mine) < len(bases) and await self._is_unnoticed_administrator():
            mine = bases
        return [base["id"] for base in mine]

    async def _is_unnoticed_administrator(self) -> bool:
        """Whether you may change what the server says you may not: before 0.7, it forgets administrators."""
        if await self._server.has(ADMIN_WRITES):
            return False
        return mapping(await self._http.call(object, "GET", "/api/v1/auths/")).get("role") == "admin"

    async def _is_own(self, file_id: str, name: str) -> bool:
        """Whether it is your file, or you administer those of all: files are only searched among these."""
        async with self.search("".join(letter if letter.isalnum() else "?" for letter in name)) as files:
            async for file in files:
                if file.id == file_id:
                    return True
        return False

    async def _take_out(self, file_id: str) -> None:
        """Out of all knowledge bases that you may change, where deleting would leave its text to be found."""
        if await self._server.has(CLEAN_DELETES):
            return
        for base_id in await self._changeable_holders(await self.get(file_id)):
            path, query = f"/api/v1/knowledge/{segment(base_id)}/file/remove", {"delete_file": "false"}
            with suppress(NotFoundError):  # taken out or deleted since then
                await self._http.call(object, "POST", path, params=query, json={"file_id": file_id})

    async def _check_text_is_own(self, file_id: str) -> None:
        """Nothing, where the text can be changed; servers before 0.12 say so of others' files, and lose it.

        Raises:
            UnsupportedError: It is somebody else's, in a knowledge base that you may change.
        """
        if await self._server.has(OTHERS_TEXTS):
            return
        file = await self.get(file_id)
        if not await self._is_own(file_id, file.filename) and await self._changeable_holders(file):
            await self._server.require(OTHERS_TEXTS)
