"""Bringing many exported things to a server, which may have some of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from .._bulk import BulkResult, Failure, Progress, for_each
from .._runtime import Runtime
from ..errors import ConflictError

Exported = dict[str, Any]
Bring = Callable[[Exported], Awaitable[object]]


async def import_each(
    runtime: Runtime,
    given: Sequence[Exported],
    create: Bring,
    replace: Bring | None,
    *,
    limit: int,
    progress: Progress | None,
) -> BulkResult:
    """Create each; what is there is replaced, or without `replace` a failure. The report names their ids."""

    async def bring(one: Exported) -> None:
        try:
            await create(one)
        except ConflictError:
            if replace is None:
                raise
            await replace(one)

    outcomes = await for_each(runtime, given, bring, limit=limit, progress=progress)
    failed = [(outcome.item["id"], outcome.error) for outcome in outcomes if outcome.error]
    return BulkResult(
        succeeded=[outcome.item["id"] for outcome in outcomes if outcome.error is None],
        failed=[Failure(item=one, error=str(error)) for one, error in failed],
    )
