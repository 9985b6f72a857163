"""Whether a request may be tried again, and after how long: a decision, made without waiting."""

from __future__ import annotations

import random
from dataclasses import dataclass

import httpx2

from .errors import retry_after

NEVER_ARRIVED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


@dataclass(frozen=True)
class Retry:
    """How often and how patiently."""

    max_retries: int = 2
    """Tries after the first one."""
    base: float = 0.25
    """Seconds before the first repetition; doubled for each further one."""
    longest: float = 4.0
    """Seconds that our own waiting grows to."""
    longest_retry_after: float = 30.0
    """Seconds that a server may ask us to wait; more is given up at once."""

    def delay(self, attempt: int, outcome: httpx2.Response | Exception, *, repeatable: bool) -> float | None:
        """Seconds to wait before attempt number `attempt + 1`, counted from 0, or None to give up."""
        if attempt >= self.max_retries:
            return None
        if isinstance(outcome, Exception):
            return self._backoff(attempt) if repeatable or isinstance(outcome, NEVER_ARRIVED) else None
        asked = retry_after(outcome)
        if outcome.status_code in {429, 503} and asked is not None:
            return asked if asked <= self.longest_retry_after else None
        return self._backoff(attempt) if outcome.status_code in {502, 504} and repeatable else None

    def _backoff(self, attempt: int) -> float:
        """Up to a quarter is random, so that many clients do not come back at one instant."""
        return min(self.longest, self.base * 2.0**attempt) * random.uniform(0.75, 1.0)  # noqa: S311 - no secret
