"""Writes down what the live tests showed on each version of the server, for the table in the README."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

import versions

PROPERTY = "matrix"


def mark(item: pytest.Item, report: pytest.TestReport) -> None:
    """Have a test's report say what it shows: of which version, in which rows, with which outcome."""
    version = versions.version_of(item)
    if version is None or (report.when != "call" and not report.failed):
        return
    outcome = "refused" if report.passed and versions.lacking(item) else report.outcome
    rows = [item.path.stem, *(feature.name for feature in versions.needs(item))]
    report.user_properties.append((PROPERTY, [version, outcome, rows]))


class Matrix:
    """Keeps the outcome of each test by version, in a file of JSON per version; a test that runs again is renewed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._shown: dict[str, dict[str, Any]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in a test."""
        for name, shown in report.user_properties:
            if name == PROPERTY:
                version, outcome, rows = shown
                self._shown[version][report.nodeid] = {"outcome": outcome, "rows": rows}

    def pytest_sessionfinish(self) -> None:
        """Write the files."""
        self._directory.mkdir(parents=True, exist_ok=True)
        for version, shown in self._shown.items():
            path = self._directory / f"{version}.json"
            before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            path.write_text(json.dumps(before | shown, indent=1, sort_keys=True), encoding="utf-8")
