"""Pure: the permissions of users and groups, by section, and which of them a server has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._records import mapping


def check_permissions(wanted: Mapping[str, Mapping[str, bool]], known: Mapping[str, Any]) -> None:
    """Nothing, when all that is wanted is among the known ones.

    Raises:
        ValueError: One is not.
    """
    for section, names in wanted.items():
        if unknown := names.keys() - mapping(known.get(section)).keys():
            raise ValueError(f"this server has no permission {section}.{min(unknown)}")
