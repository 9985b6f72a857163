from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator

import pytest

from openwebui_chat_client._dual import Async, AsyncStream, Done, Dual, M, Stream, blocking, operation, run, streaming


class Letters(Dual[M]):
    """A source of letters that remembers how it was left."""

    def __init__(self) -> None:
        self.left: list[str] = []

    @operation
    async def upper(self, text: str, *, times: int = 1) -> str:
        """The text in capitals."""
        return text.upper() * times

    @operation
    async def shout(self, text: str) -> str:
        return await self.upper(text) + "!"

    @streaming(str)
    async def spell(self, text: str) -> AsyncGenerator[str | Done[str]]:
        """The letters."""
        try:
            for letter in text:
                yield letter
            yield Done(text)
        finally:
            self.left.append(text)


class Shelf(Dual[M]):
    def __init__(self) -> None:
        self.letters = Letters[M]()
        self.label = "shelf"


@pytest.fixture
def pair():
    twin = Letters[Async]()
    return blocking(twin), twin


def test_one_function_blocks_on_one_side_and_is_awaited_on_the_other(pair):
    face, twin = pair
    assert face.upper("a", times=2) == "AA"
    assert asyncio.run(twin.upper("a", times=2)) == "AA"


def test_bodies_await_each_other_on_both_sides(pair):
    face, twin = pair
    assert face.shout("a") == asyncio.run(twin.shout("a")) == "A!"


def test_the_parts_of_a_blocking_object_block_too():
    shelf = blocking(Shelf[Async]())
    assert shelf.letters.upper("a") == "A"
    assert shelf.label == "shelf"


def test_a_blocking_call_works_inside_a_running_loop(pair):
    async def main():
        return pair[0].shout("a")

    assert asyncio.run(main()) == "A!"


def test_a_coroutine_that_suspends_is_a_bug_and_says_so():
    with pytest.raises(RuntimeError, match="only the runtime may wait"):
        run(asyncio.sleep(0))


def test_names_texts_and_signatures_are_those_of_the_function(pair):
    face, _ = pair
    assert (face.upper.__name__, face.upper.__doc__) == ("upper", "The text in capitals.")
    assert str(inspect.signature(face.upper)) == "(text: 'str', *, times: 'int' = 1) -> 'str'"
    assert Letters.upper.__doc__ == "The text in capitals."
    assert (Letters.upper.owner, Letters.upper.name) == (Letters, "upper")


def test_a_stream_gives_its_pieces_and_then_its_result(pair):
    face, twin = pair
    stream = face.spell("abc")
    assert isinstance(stream, Stream)
    assert (list(stream), stream.result) == (["a", "b", "c"], "abc")

    async def main():
        stream = twin.spell("abc")
        assert isinstance(stream, AsyncStream)
        return [letter async for letter in stream], stream.result

    assert asyncio.run(main()) == (["a", "b", "c"], "abc")


def test_the_result_is_also_the_value_of_yield_from(pair):
    def outer():
        yield (yield from pair[0].spell("ab"))

    assert list(outer()) == ["a", "b", "ab"]


def test_next_works_on_a_stream(pair):
    stream = pair[0].spell("ab")
    assert (next(stream), next(stream)) == ("a", "b")
    with pytest.raises(StopIteration) as stop:
        next(stream)
    assert stop.value.value == "ab"


def test_the_result_before_the_end_is_an_error(pair):
    with pytest.raises(RuntimeError, match="read to its end"):
        _ = pair[0].spell("ab").result


def test_leaving_a_stream_early_runs_the_bodys_clean_up(pair):
    face, twin = pair
    with face.spell("abc") as stream:
        next(iter(stream))
    assert twin.left == ["abc"]
    stream.close()

    async def main():
        async with twin.spell("xyz") as stream:
            await anext(stream)
        await stream.aclose()

    asyncio.run(main())
    assert twin.left == ["abc", "xyz"]


def test_breaking_out_of_a_for_loop_runs_the_clean_up_too(pair):
    face, twin = pair
    for _ in face.spell("abc"):
        break
    assert twin.left == ["abc"]


def test_a_stream_that_nobody_reads_does_nothing(pair):
    face, twin = pair
    face.spell("abc").close()
    assert twin.left == []
