from openwebui_chat_client.resources.configs import merged, nested


def test_names_with_dots_become_objects():
    said = {"ui.banners": [], "ui.theme": {"dark": True}, "a.b.c": 1, "ui": {"order": ["x"]}, "version": 0}
    assert nested(said) == {
        "ui": {"banners": [], "theme": {"dark": True}, "order": ["x"]},
        "a": {"b": {"c": 1}},
        "version": 0,
    }


def test_one_object_goes_over_the_other_key_by_key():
    former = {"ui": {"banners": [1], "order": ["a"]}, "plain": 1, "was": {"an": "object"}}
    changes = {"ui": {"order": []}, "new": {"x": 1}, "plain": {"now": 1}, "was": None}
    expected = {"ui": {"banners": [1], "order": []}, "plain": {"now": 1}, "was": None, "new": {"x": 1}}
    assert merged(former, changes) == expected
    assert former["ui"] == {"banners": [1], "order": ["a"]}
