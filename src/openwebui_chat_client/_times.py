"""Pure: the server's numbers as points in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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
