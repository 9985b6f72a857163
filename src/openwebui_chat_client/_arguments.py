"""Pure: what callers may write where a list, a text or a word of a few is wanted, checked and in one form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final


class Keep:
    """Says that something stays as it is, where None is a value of its own."""

    def __repr__(self) -> str:
        return "KEEP"


KEEP: Final = Keep()


def texts(value: Iterable[str] | None) -> list[str]:
    """Any iterable of strings as a list; one string counts as a list of one, None as an empty one.

    Raises:
        ValueError: Something in it is not a string, or an empty one.
    """
    if value is None:
        return []
    listed = [value] if isinstance(value, str) else list(value)
    for one in listed:
        if not isinstance(one, str) or not one.strip():  # pyright: ignore[reportUnnecessaryIsInstance] - callers of untyped code pass others
            raise ValueError(f"a list of texts is needed, none of them empty; not {one!r}")
    return listed


def text(value: str, what: str) -> str:
    """The text, which must say something; `what` names it for the error.

    Raises:
        ValueError: It is empty, or no text.
    """
    if not isinstance(value, str) or not value.strip():  # pyright: ignore[reportUnnecessaryIsInstance] - callers of untyped code pass None
        raise ValueError(f"{what} is needed, not {value!r}")
    return value


def one_of(value: str, choices: Iterable[str], what: str) -> str:
    """The value, which must be one of the choices; `what` names it for the error.

    Raises:
        ValueError: It is none of them.
    """
    listed = list(choices)
    if value not in listed:
        raise ValueError(f"{what} is one of {', '.join(listed)}, not {value!r}")
    return value
