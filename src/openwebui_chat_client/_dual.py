"""One async source, two clients: each public method is written once and called in both colours."""

from __future__ import annotations

import copy
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from functools import update_wrapper
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast, overload

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")


class Sync:
    """Marks an object whose methods block."""


class Async:
    """Marks an object whose methods are awaited."""


M = TypeVar("M")


class Dual(Generic[M]):
    """An object whose methods are operations: blocking for `Dual[Sync]`, awaited for `Dual[Async]`."""

    _twin: Dual[Async] | None = None
    """Of a blocking object: the async one on which the bodies run."""


def blocking(twin: Dual[Any]) -> Dual[Sync]:
    """The blocking face of `twin`: a copy that runs its operations, and those of the parts it holds."""
    face: Dual[Any] = copy.copy(twin)
    for name, part in vars(face).items():
        if isinstance(part, Dual):
            vars(face)[name] = blocking(cast("Dual[Async]", part))
    face._twin = twin
    return face


def run(coro: Coroutine[Any, Any, T]) -> T:
    """Drive to its end a coroutine that never suspends."""
    try:
        coro.send(None)
    except StopIteration as stop:
        return cast("T", stop.value)
    finally:
        coro.close()
    raise RuntimeError(f"{coro!r} suspended: only the runtime may wait")


class _Method:
    """What operations and streams share: the function, its owner and its name."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        self.fn = fn
        self.name = fn.__name__
        self.owner: type[Any] | None = None
        self.__doc__ = fn.__doc__
        self.__wrapped__ = fn

    def __set_name__(self, owner: type[Any], name: str) -> None:
        if self.owner is None:
            self.owner, self.name = owner, name

    def __call__(self, obj: Any, *args: Any, **named: Any) -> Any:
        """Called on the class, as `Notes.get(notes, "id")`."""
        return cast("Any", self).__get__(obj, type(obj))(*args, **named)

    def _seen_on(self, owner: type[Any]) -> Self:
        """This method as that of a class that inherits it."""
        seen = copy.copy(self)
        seen.owner = owner
        return seen

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self.fn)


class operation(_Method, Generic[P, T]):  # noqa: N801 - a decorator, read like property
    """Decorates `async def`: blocks on a sync client, is awaited on an async one."""

    def __init__(self, fn: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]) -> None:
        super().__init__(fn)

    @overload
    def __get__(self, obj: None, owner: Any) -> operation[P, T]: ...
    @overload
    def __get__(self, obj: Dual[Sync], owner: Any) -> Callable[P, T]: ...
    @overload
    def __get__(self, obj: Dual[Any], owner: Any) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, obj: Dual[Any] | None, owner: Any) -> Any:
        if obj is None:
            return self._seen_on(owner)
        bound = MethodType(self.fn, obj._twin or obj)
        if obj._twin is None:
            return bound
        return update_wrapper(lambda *args, **kwargs: run(bound(*args, **kwargs)), bound)


class Done(Generic[R]):
    """The last thing a stream's body yields: the record that sums it up."""

    def __init__(self, result: R) -> None:
        self.result = result


class StreamMethod(_Method, Generic[P, T, R]):
    """What `streaming` makes of an async generator."""

    def __init__(self, fn: Callable[Concatenate[Any, P], AsyncGenerator[T | Done[R], None]]) -> None:
        super().__init__(fn)

    @overload
    def __get__(self, obj: None, owner: Any) -> StreamMethod[P, T, R]: ...
    @overload
    def __get__(self, obj: Dual[Sync], owner: Any) -> Callable[P, Stream[T, R]]: ...
    @overload
    def __get__(self, obj: Dual[Any], owner: Any) -> Callable[P, AsyncStream[T, R]]: ...
    def __get__(self, obj: Dual[Any] | None, owner: Any) -> Any:
        if obj is None:
            return self._seen_on(owner)
        bound = MethodType(self.fn, obj._twin or obj)
        if obj._twin is None:
            return update_wrapper(lambda *args, **kwargs: AsyncStream[T, R](bound(*args, **kwargs)), bound)
        return update_wrapper(lambda *args, **kwargs: Stream[T, R](bound(*args, **kwargs)), bound)


class streaming(Generic[R]):  # noqa: N801 - a decorator, read like property
    """`@streaming(Turn)` decorates an async generator that ends with `Done(turn)`.

    Called, it gives a `Stream` or an `AsyncStream`. The result's type is named because checkers do not
    find it inside a union.
    """

    def __init__(self, result: type[R]) -> None:
        self.result = result

    def __call__(self, fn: Callable[Concatenate[Any, P], AsyncGenerator[T | Done[R], None]]) -> StreamMethod[P, T, R]:
        return StreamMethod(fn)


@overload
def alias(method: operation[P, T]) -> operation[P, T]: ...
@overload
def alias(method: StreamMethod[P, T, R]) -> StreamMethod[P, T, R]: ...
def alias(method: Any) -> Any:
    """The same method under another name, on an object that holds the method's own object as a part."""
    return cast("Any", _Alias(method))


class _Alias:
    def __init__(self, method: operation[Any, Any] | StreamMethod[Any, Any, Any]) -> None:
        self.method = method
        self.__doc__ = method.__doc__
        self.__wrapped__ = method.fn

    def __get__(self, obj: Dual[Any] | None, owner: Any) -> Any:
        if obj is None:
            return self.method
        part: Any = next(part for part in vars(obj).values() if type(part) is self.method.owner)
        return cast("Any", self.method).__get__(part, type(part))


class _Ending(Generic[R]):
    """How a stream ended. Apart from the stream, so that no cycle keeps one alive that nobody reads any more."""

    done: Done[R] | None = None

    @property
    def result(self) -> R:
        if self.done is None:
            raise RuntimeError("the result is there once the stream has been read to its end")
        return self.done.result


def _pieces(source: AsyncGenerator[T | Done[R], None], ending: _Ending[R]) -> Generator[T, None, R]:
    try:
        while True:
            try:
                piece = run(source.__anext__())
            except StopAsyncIteration:
                return ending.result
            if isinstance(piece, Done):
                ending.done = cast("Done[R]", piece)
            else:
                yield piece
    finally:
        run(source.aclose())


class Stream(Generic[T, R]):
    """What comes from the server, piece by piece; afterwards `result`, also the value of `yield from`.

    Iterate it, best inside `with`: leaving releases the connection and stops the work on the server.
    """

    def __init__(self, source: AsyncGenerator[T | Done[R], None]) -> None:
        self._ending = _Ending[R]()
        self._pieces = _pieces(source, self._ending)

    @property
    def result(self) -> R:
        """The record that sums the stream up.

        Raises:
            RuntimeError: The stream has not been read to its end.
        """
        return self._ending.result

    def __iter__(self) -> Generator[T, None, R]:
        return self._pieces

    def __next__(self) -> T:
        return next(self._pieces)

    def close(self) -> None:
        """Stop here; closing twice is harmless."""
        self._pieces.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncStream(Generic[T, R]):
    """What comes from the server, piece by piece; afterwards `result`.

    Iterate it, best inside `async with`: leaving releases the connection and stops the work on the server.
    """

    def __init__(self, source: AsyncGenerator[T | Done[R], None]) -> None:
        self._source = source
        self._ending = _Ending[R]()

    @property
    def result(self) -> R:
        """The record that sums the stream up.

        Raises:
            RuntimeError: The stream has not been read to its end.
        """
        return self._ending.result

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        piece = await self._source.__anext__()
        if isinstance(piece, Done):
            self._ending.done = cast("Done[R]", piece)
            return await self.__anext__()
        return piece

    async def aclose(self) -> None:
        """Stop here; closing twice is harmless."""
        await self._source.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
