"""Record: an object of the server as a real dict whose declared fields are also typed attributes."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NoReturn, Self, TypeVar, cast, dataclass_transform

T = TypeVar("T")
REQUIRED = object()


class _Field:
    """Reads one declared key of a record."""

    def __init__(self, name: str, default: Any) -> None:
        self.name, self.default = name, default

    def __get__(self, record: Record | None, owner: type[Record]) -> Any:
        if record is None:
            return self
        if self.name in record:
            return record[self.name]
        if self.default is REQUIRED:
            raise AttributeError(f"this {owner.__name__} came without {self.name!r}")
        return self.default


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Record(dict[str, Any]):
    """An object of the server. Undeclared keys are kept; a default stands in for a missing key."""

    def __init_subclass__(cls) -> None:
        for name in inspect.get_annotations(cls):
            default = cls.__dict__.get(name, REQUIRED)
            if hasattr(Record, name):
                raise TypeError(f"{cls.__name__}.{name}: dict has that name; read record[{name!r}] instead")
            if not isinstance(default, Hashable):
                raise TypeError(f"{cls.__name__}.{name}: every record would share that default; use () or None")
            setattr(cls, name, _Field(name, default))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"attributes only read; write record[{name!r}]")

    def copy(self) -> Self:
        """A shallow copy, of the same type."""
        return type(self)(self)


def decode(kind: type[T], value: Any) -> T:
    """Parsed JSON as `kind`. The outermost shape must fit; further in, what does not fit stays as it came.

    Raises:
        ValueError: The outermost shape does not fit.
    """
    wanted: Any = kind
    if wanted is Any:
        return cast("T", value)
    outer = typing.get_origin(wanted) or wanted
    expected = dict if issubclass(outer, Record) else outer
    if not isinstance(value, expected):
        raise ValueError(f"expected {expected.__name__}, got {type(value).__name__}")
    convert = _converter(wanted)
    return cast("T", convert(value) if convert else value)


@functools.cache
def _converter(kind: Any) -> Callable[[Any], Any] | None:
    """What makes records of a value of this type; None when there are none in it."""
    if isinstance(kind, type) and issubclass(kind, Record):
        return _when(dict, functools.partial(_to_record, kind))
    inner = next(filter(None, map(_converter, typing.get_args(kind))), None)
    if inner and typing.get_origin(kind) in (list, Sequence):
        return _when(list, lambda values: [inner(value) for value in values])
    if inner and typing.get_origin(kind) is dict:
        return _when(dict, lambda values: {key: inner(value) for key, value in values.items()})
    return inner


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def mappings(value: Any) -> list[dict[str, Any]]:
    """The JSON objects in the value if it is a list, else none."""
    if not isinstance(value, list):
        return []
    rows = cast("list[object]", value)
    return [mapping(row) for row in rows if isinstance(row, dict)]


def strings(value: Any) -> list[str]:
    """The entries of the value as texts if it is a list, else none."""
    return [str(entry) for entry in cast("list[object]", value)] if isinstance(value, list) else []


def _when(shape: type, convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: convert(value) if isinstance(value, shape) else value


def _to_record(kind: type[Record], value: dict[str, Any]) -> Record:
    record = kind(value)
    for name, convert in _nested(kind):
        if name in record:
            record[name] = convert(record[name])
    return record


@functools.cache
def _nested(kind: type[Record]) -> list[tuple[str, Callable[[Any], Any]]]:
    hints = typing.get_type_hints(kind)
    return [(name, convert) for name, hint in hints.items() if (convert := _converter(hint))]
