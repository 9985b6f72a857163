import pytest

from openwebui_chat_client._server import Version, parse
from openwebui_chat_client.turns.body import Query, Reply, completion, new_chat, temporary
from openwebui_chat_client.turns.follow import LONGEST_PAUSE, Pace
from openwebui_chat_client.turns.titles import MOST_TITLES, Titles


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("0.12.4", (0, 12, 4)),
        ("v0.9.6", (0, 9, 6)),
        ("0.8.12-dev", (0, 8, 12)),
        ("1.0", (1, 0, 0)),
        ("0.10.2+fork.7", (0, 10, 2)),
    ],
)
def test_a_version_is_read_from_its_numbers(text, version):
    assert parse(text) == version


def test_versions_compare_as_numbers():
    assert Version(0, 9, 6) < Version(0, 10, 2)


@pytest.mark.parametrize("text", ["", "dev", "None", "twelve"])
def test_what_is_no_version_is_refused(text):
    with pytest.raises(ValueError, match="not a version"):
        parse(text)


def test_a_new_chat_starts_empty_with_its_title_and_model():
    document = new_chat("T", ["m"], now=1.5)
    assert (document["title"], document["models"], document["timestamp"]) == ("T", ["m"], 1500)
    assert document["history"] == {"messages": {}, "currentId": None}


def test_the_body_of_a_turn_does_not_grow_with_the_chat_and_names_every_id_once():
    query = Query("question", (Reply("m"),), parent_id="p")
    body = completion(query, chat_id="c", folder_id=None, session_id="s", now=7.9)
    assert "messages" not in body
    assert body["id"] == query.message_ids[0] != query.question_id == body["user_message"]["id"]
    assert (body["parent_id"], body["user_message"]["parentId"], body["user_message"]["timestamp"]) == ("p", "p", 7)


def test_ids_are_made_anew_for_each_question():
    assert len({Query("q", (Reply("m"),)).message_ids[0] for _ in range(100)}) == 100


def test_several_models_go_in_one_body_each_with_its_column():
    query = Query("question", (Reply("a", "1"), Reply("a", "2"), Reply("b", "3")))
    body = completion(query, chat_id="c", folder_id=None, session_id="s", now=0)
    assert [tuple(entry.values()) for entry in body["message_ids"]] == [("a", "1", 0), ("a", "2", 1), ("b", "3", 2)]
    assert (body["model"], body["user_message"]["models"]) == ("a", ["a", "a", "b"])
    assert "id" not in body


def test_a_chat_that_the_server_is_to_make_has_a_folder_and_no_id():
    body = completion(Query("q", (Reply("m"),)), chat_id=None, folder_id="f", session_id="s", now=0)
    assert (body["folder_id"], body["parent_id"]) == ("f", None)
    assert "chat_id" not in body


def test_what_is_not_asked_for_is_not_sent():
    body = completion(Query("q", (Reply("m"),)), chat_id="c", folder_id=None, session_id="s", now=0)
    assert not body.keys() & {"files", "tool_ids", "features", "messages", "params"}


def test_a_temporary_turn_sends_its_images_itself_and_has_tools_run_before_the_answer():
    image = {"type": "image", "url": "data:image/png;base64,AA=="}
    query = Query("q", (Reply("m"),), message_files=(image,), tool_ids=("t",), system_prompt="Be brief.")
    body = temporary(query)
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert [part["type"] for part in body["messages"][1]["content"]] == ["text", "image_url"]
    assert body["params"] == {"function_calling": "legacy"}
    assert not body.keys() & {"chat_id", "session_id", "user_message"}


def test_polling_slows_down_while_nothing_comes_and_is_quick_again_when_something_does():
    pace, pauses = Pace(), []
    for _ in range(12):
        pauses.append(pace.pause)
        pace.after(news=False)
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE
    assert pace.silent == pytest.approx(sum(pauses))
    pace.after(news=True)
    assert (pace.pause, pace.silent) == (0.1, 0.0)


def test_titles_are_remembered_forgotten_and_bounded():
    titles = Titles()
    titles.remember("a", "1", "given")
    assert titles.get("a") == ("1", "given")
    titles.forget("a")
    titles.forget("a")
    assert titles.get("a") is None
    for number in range(MOST_TITLES + 5):
        titles.remember(str(number), "x", None)
    assert titles.get("4") is None
    assert titles.get("5") == ("x", None)


def test_what_is_asked_for_is_sent_as_the_server_names_it():
    query = Query(
        "q",
        (Reply("m"),),
        files=({"type": "note", "id": "n"},),
        tool_ids=("t",),
        system_prompt="Be brief.",
        params={"temperature": 0},
        features={"web_search": True},
    )
    body = completion(query, chat_id="c", folder_id=None, session_id="s", now=0)
    assert body["files"] == [{"type": "note", "id": "n"}]
    assert body["tool_ids"] == ["t"]
    assert body["messages"] == [{"role": "system", "content": "Be brief."}]
    assert (body["params"], body["features"]) == ({"temperature": 0}, {"web_search": True})
