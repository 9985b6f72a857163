"""Calls that make, change and delete knowledge bases."""

from __future__ import annotations

from functools import partial
from typing import Any, List

from .._arguments import text
from .._bulk import LIMIT, for_each
from .._dual import M, operation
from .._records import mapping
from .._server import CHECKED_GRANTS, EMPTYING_RESETS, GRANTS, USER_GRANTS
from ..errors import APIResponseError, NotFoundError, PermissionDeniedError
from ._access import Access, access_fields, granted, grants
from ._knowledge_lists import KnowledgeLists, knowledge_path
from ._knowledge_records import Knowledge, tidy_base
from ._sharing import own_account


class KnowledgeCalls(KnowledgeLists[M]):
    """Sends calls about one knowledge base."""

    @operation
    async def create(self, name: str, description: str = "", *, access: Access = "private") -> Knowledge:
        """Make a knowledge base, for yourself alone unless `access` says who else. Names may occur twice.

        Routes: POST /api/v1/knowledge/create; for access of users on servers before 0.12.4 also GET /api/v1/auths/,
        GET /api/v1/users/permissions; where the server left out some of the access
        DELETE /api/v1/knowledge/{id}/delete.

        Raises:
            ValueError: The name is empty.
            PermissionDeniedError: You may not make any, or not give this access; nothing is left.
            UnsupportedError: The access is for single users, and the server is older than 0.8.
        """
        body = {"name": text(name, "a name"), "description": description, **await self._wanted_access(access)}
        made = tidy_base(await self._http.call(Knowledge, "POST", "/api/v1/knowledge/create", json=body))
        missing = [one for one in body.get("access_grants", []) if one not in granted(made)]
        if missing:  # even the newest servers leave out here, without a word, what one may not give
            await self.delete(made.id)
            raise PermissionDeniedError(f"you do not have permission to give this access: {missing}", status_code=403)
        return made

    @operation
    async def ensure(self, name: str) -> Knowledge:
        """The knowledge base with exactly this name, made if there is none; several calls at once make one.

        Routes: GET /api/v1/knowledge/search, POST /api/v1/knowledge/create.

        Raises:
            AmbiguousNameError: Several have that name.
            PermissionDeniedError: There is none, and you may not make any.
        """
        async with self._http.runtime.hold(("knowledge base", name)):
            return await self._find(name) or await self.create(name)

    @operation
    async def update(self, knowledge_id: str, *, name: str | None = None, description: str | None = None) -> Knowledge:
        """Change name or description; the rest stays.

        Routes: GET /api/v1/knowledge/{id}, POST /api/v1/knowledge/{id}/update.

        Raises:
            ValueError: There is nothing to change, or the name is empty.
            NotFoundError: There is no such knowledge base.
            PermissionDeniedError: You may not change it; or it is public, you may not share with everybody, and the
                server is older than 0.8: it would close it.
        """
        if name is None and description is None:
            raise ValueError("there is nothing to change: name or description is needed")
        if name is not None:
            text(name, "a name")
        return await self._rewrite(await self.get(knowledge_id), name=name, description=description)

    @operation
    async def set_access(self, knowledge_id: str, access: Access) -> Knowledge:
        """Say who besides you may read and write; what was said before is forgotten.

        Routes: POST /api/v1/knowledge/{id}/access/update; for access of users on servers before 0.12.4 also
        GET /api/v1/auths/, GET /api/v1/users/permissions; on servers before 0.8 instead GET /api/v1/knowledge/{id},
        POST /api/v1/knowledge/{id}/update.

        Raises:
            ValueError: It is no form of access.
            NotFoundError: There is no such knowledge base.
            PermissionDeniedError: You may not give this access; nothing was changed.
            UnsupportedError: The access is for single users, and the server is older than 0.8.
        """
        path = f"{knowledge_path(knowledge_id)}/access/update"
        body = await self._wanted_access(access)
        if not await self._server.has(GRANTS):
            return await self._rewrite(await self.get(knowledge_id), body)
        return tidy_base(await self._http.call(Knowledge, "POST", path, json=body, repeatable=True))

    async def _rewrite(
        self, before: Knowledge, access: dict[str, Any] | None = None, **changes: str | None
    ) -> Knowledge:
        """The same knowledge base with some changes; servers before 0.8 open what comes without its access."""
        body: dict[str, Any] = {"name": before.name, "description": before.description}
        body |= {name: value for name, value in changes.items() if value is not None}
        if not await self._server.has(GRANTS):
            body |= access or await self._allowed_access(granted(before))
        path = f"{knowledge_path(before.id)}/update"
        return tidy_base(await self._http.call(Knowledge, "POST", path, json=body, repeatable=True))

    async def _wanted_access(self, access: Access) -> dict[str, Any]:
        """The part of a body that gives this access. Servers before 0.8 list nothing for single users."""
        wanted = grants(access)
        if any(one["principal_type"] == "user" and one["principal_id"] != "*" for one in wanted):
            await self._server.require(USER_GRANTS)
        return await self._allowed_access(wanted)

    async def _allowed_access(self, wanted: List[dict[str, str]]) -> dict[str, Any]:
        """The same, where you may give it; servers before 0.12.4 leave out the rest without a word."""
        users = [one for one in wanted if one["principal_type"] == "user"]
        if users and not await self._server.has(CHECKED_GRANTS):
            await self._check_right_to_share(users)
        return access_fields(wanted, await self._server.has(GRANTS))

    async def _check_right_to_share(self, users: List[dict[str, str]]) -> None:
        if (await own_account(self._http)).get("role") == "admin":
            return
        rights = await self._http.call(dict[str, Any], "GET", "/api/v1/users/permissions")
        publicly = mapping(rights.get("sharing")).get("public_knowledge", False)
        to_users = mapping(rights.get("access_grants")).get("allow_users", True)
        if not all(publicly if one["principal_id"] == "*" else to_users for one in users):
            raise PermissionDeniedError(f"you do not have permission to give this access: {users}", status_code=403)

    @operation
    async def delete(self, knowledge_id: str) -> None:
        """Delete a knowledge base, for good; its files stay among your files.

        Route: DELETE /api/v1/knowledge/{id}/delete.

        Raises:
            NotFoundError: There is no such knowledge base.
        """
        if not await self._http.call(bool, "DELETE", f"{knowledge_path(knowledge_id)}/delete"):
            raise APIResponseError(f"the server says that it did not delete the knowledge base {knowledge_id}")

    @operation
    async def reset(self, knowledge_id: str) -> Knowledge:
        """Take everything out of a knowledge base, and delete those of your files in it that no other one holds.

        An administrator's reset deletes those of all users. What another knowledge base that you can read holds, too,
        is only taken out. Servers from 0.11.4 on that are set to keep files keep them.

        Routes: GET /api/v1/knowledge/{id}/files, GET /api/v1/knowledge/, POST /api/v1/knowledge/{id}/file/remove,
        POST /api/v1/knowledge/{id}/reset; on servers before 0.11.4 also GET /api/v1/files/, DELETE /api/v1/files/{id}.

        Raises:
            NotFoundError: There is no such knowledge base.
            PermissionDeniedError: You may not change it.
        """
        path = knowledge_path(knowledge_id)
        held = [row["id"] for row in await self._files._all(f"{path}/files")]
        holders = await self._files._holders() if held else {}
        shared = {file_id for file_id in held if any(base["id"] != knowledge_id for base in holders.get(file_id, []))}
        jobs = [partial(self._exclude, knowledge_id, file_id) for file_id in shared]
        await self._http.runtime.gather(jobs, limit=LIMIT)
        base = await self._http.call(Knowledge, "POST", f"{path}/reset", repeatable=True)
        if not await self._server.has(EMPTYING_RESETS):
            await self._delete_own({*held} - shared)
        return tidy_base(base)

    async def _exclude(self, knowledge_id: str, file_id: str) -> Knowledge:
        """Out of the knowledge base with a file, whether it is in or not; it stays among the files."""
        path, query = f"{knowledge_path(knowledge_id)}/file/remove", {"delete_file": "false"}
        return tidy_base(await self._http.call(Knowledge, "POST", path, params=query, json={"file_id": file_id}))

    async def _delete_own(self, file_ids: set[str]) -> None:
        """Delete those that are yours; for an administrator all are."""
        own: List[str] = []
        if file_ids:
            async with self._files.iter() as files:
                own = [file.id async for file in files if file.id in file_ids]
        outcomes = await for_each(self._http.runtime, own, self._files._delete)
        for outcome in outcomes:
            if outcome.error is not None and not isinstance(outcome.error, NotFoundError):
                raise outcome.error
