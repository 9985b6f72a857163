"""Embeddings without a model: words hashed into a vector, so that texts sharing words are near."""

from __future__ import annotations

import hashlib
import math
import re

DIMENSIONS = 256
CJK = "\u3040-\u30ff\u3400-\u9fff"  # written without spaces: each sign counts as a word
WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+")


def words(text: str) -> list[str]:
    """The words of a text, in lower case and without a plural's s."""
    return [_stem(word) for word in WORD.findall(text.lower())]


def embed(text: str) -> list[float]:
    """A vector of length 1 with 256 dimensions. A text without words is a 1 in the first."""
    vector = [0.0] * DIMENSIONS
    for word in set(words(text)):
        digest = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
        vector[digest % DIMENSIONS] += 1.0 if digest >> 63 else -1.0
    length = math.sqrt(sum(value * value for value in vector))
    if not length:
        return [1.0] + [0.0] * (DIMENSIONS - 1)
    return [value / length for value in vector]


def _stem(word: str) -> str:
    is_plural = len(word) > 3 and word.endswith("s") and not word.endswith("ss")
    return word[:-1] if is_plural else word
