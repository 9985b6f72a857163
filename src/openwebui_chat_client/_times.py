"""Pure: the server's numbers as points in time, and records that have two of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ._records import Record

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seconds(value: float | None) -> datetime | None:
    """Seconds since 1970 as an aware time (UTC); None and 0, which the server uses for never, are None."""
    return EPOCH + timedelta(seconds=value) if value else None


def milliseconds(value: float | None) -> datetime | None:
    """Milliseconds since 1970 as an aware time (UTC); None and 0 are None."""
    return EPOCH + timedelta(milliseconds=value) if value else None


def nanoseconds(value: int | None) -> datetime | None:
    """Nanoseconds since 1970 as an aware time (UTC), to the microsecond; None and 0 are None."""
    return EPOCH + timedelta(microseconds=value // 1000) if value else None


class Dated(Record):
    """Something that the server knows the age of."""

    created_at: int = 0
    """When it was made, in seconds since 1970."""
    updated_at: int = 0
    """When it was changed last, in seconds since 1970."""

    @property
    def created(self) -> datetime | None:
        """When it was made, in UTC; None where the answer does not say."""
        return seconds(self.created_at)

    @property
    def updated(self) -> datetime | None:
        """When it was changed last, in UTC; None where the answer does not say."""
        return seconds(self.updated_at)
