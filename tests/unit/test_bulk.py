import httpx2
import pytest

from glasses import Glasses
from openwebui_chat_client import NotFoundError
from openwebui_chat_client._bulk import for_each
from openwebui_chat_client._dual import Dual, alias, blocking, operation
from openwebui_chat_client._runtime import AsyncRuntime, SyncRuntime


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Worker(Dual):
    """Runs `for_each` on either runtime."""

    def __init__(self, runtime):
        self.runtime, self.running, self.most = runtime, 0, 0

    @operation
    async def work(self, items, limit, progress=None):
        return await for_each(self.runtime, items, self._one, limit=limit, progress=progress)

    async def _one(self, item):
        self.running += 1
        self.most = max(self.most, self.running)
        await self.runtime.sleep(0.01)
        self.running -= 1
        if item == "bad":
            raise NotFoundError("no such thing")
        if item == "bug":
            raise KeyError("ours")
        return item.upper()


class Holder(Dual):
    def __init__(self, worker):
        self.worker = worker

    do_work = alias(Worker.work)


@pytest.fixture(params=["sync", "async"])
async def worker(request):
    if request.param == "sync":
        with httpx2.Client() as http:
            yield Glasses(blocking(Worker(SyncRuntime(http))))
    else:
        async with httpx2.AsyncClient() as http:
            yield Worker(AsyncRuntime(http))


async def test_each_item_has_an_outcome_of_its_own_in_the_order_given(worker):
    outcomes = await worker.work(["a", "bad", "c"], 3)
    assert [(outcome.item, outcome.result) for outcome in outcomes] == [("a", "A"), ("bad", None), ("c", "C")]
    assert str(outcomes[1].error) == "no such thing"


async def test_no_more_run_at_once_than_allowed(worker):
    await worker.work(["a"] * 12, 3)
    twin = worker._seen._twin if isinstance(worker, Glasses) else worker
    assert 1 <= twin.most <= 3


async def test_progress_counts_up_to_the_number_of_items(worker):
    seen = []
    await worker.work(["a", "bad", "c"], 2, lambda through, of: seen.append((through, of)))
    assert sorted(seen) == [(1, 3), (2, 3), (3, 3)]


async def test_nothing_to_do_is_done(worker):
    assert await worker.work([], 4) == []


async def test_a_bug_of_ours_is_raised(worker):
    with pytest.raises(KeyError):
        await worker.work(["a", "bug"], 1)


class Apprentice(Worker):
    """Inherits its methods."""


class Workshop(Dual):
    def __init__(self, *workers):
        self.first, self.second = workers

    do_work = alias(Apprentice.work)


def test_an_alias_of_an_inherited_method_finds_the_part_of_the_class_it_was_taken_from():
    with httpx2.Client() as http:
        runtime = SyncRuntime(http)
        master, apprentice = Worker(runtime), Apprentice(runtime)
        blocking(Workshop(master, apprentice)).do_work(["a"], 1)
    assert (master.most, apprentice.most) == (0, 1)


def test_an_alias_is_the_method_of_the_part():
    with httpx2.Client() as http:
        holder = blocking(Holder(Worker(SyncRuntime(http))))
        assert [outcome.result for outcome in holder.do_work(["a"], 1)] == ["A"]
    assert Holder.do_work.name == "work"
