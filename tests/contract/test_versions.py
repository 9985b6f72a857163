import importlib.util
import json
from pathlib import Path

import pytest

import versions
from openwebui_chat_client._server import parse

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("make_versions", ROOT / "docs" / "make_versions.py")
maker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(maker)
SHOWN = json.loads(maker.SHOWN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", maker.READMES, ids=lambda path: path.name)
def test_the_readme_says_what_the_tests_showed(path):
    readme = path.read_text(encoding="utf-8")
    assert maker.BEGIN in readme
    assert maker.filled(readme, SHOWN) == readme, "run: make matrix"


def test_every_supported_version_was_tried_and_nothing_failed():
    assert set(SHOWN) == set(versions.SUPPORTED)
    assert {name for rows in SHOWN.values() for name, counts in rows.items() if counts.get("failed")} == set()


def test_every_area_of_the_table_has_tests_on_every_version():
    for area, patterns in maker.AREAS.items():
        assert all(maker.outcomes(rows, patterns).get("passed") for rows in SHOWN.values()), area


@pytest.mark.parametrize("feature", maker.features(), ids=lambda feature: feature.name)
def test_a_feature_was_refused_by_the_servers_before_it_and_by_no_other(feature):
    for version, rows in SHOWN.items():
        counts = rows.get(feature.name, {})
        assert not counts.get("refused") or parse(version) < feature.since
        assert not counts.get("passed") or parse(version) >= feature.since
