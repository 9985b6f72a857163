import pytest

from openwebui_chat_client.turns.proposals import json_objects


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ('{"title": "A"}', [{"title": "A"}]),
        ('```json\n{"tags": ["a"]}\n```', [{"tags": ["a"]}]),
        ('Use {x}: {"title": "A"}', [{"title": "A"}]),
        ('{"title": "A"} or {"title": "B"}', [{"title": "A"}, {"title": "B"}]),
        ('{"a": {"title": "A"}}', [{"a": {"title": "A"}}]),
        ("{", []),
        ("none", []),
        ("", []),
    ],
)
def test_json_is_found_in_whatever_stands_around_it(text, objects):
    assert list(json_objects(text)) == objects
