from openwebui_chat_client._messages import text_of
from openwebui_chat_client.resources._chat_markdown import markdown
from openwebui_chat_client.resources._chat_messages import shown
from openwebui_chat_client.resources.chats import Chat


def message(message_id, parent, role, content, *children, **more):
    return {"id": message_id, "parentId": parent, "role": role, "content": content, "childrenIds": [*children], **more}


def chat(current, *stored, **more):
    history = {"currentId": current, "messages": {one["id"]: one for one in stored}}
    return Chat(id="c", title="A  title", chat={"history": history}, **more)


QUESTION = message("q", None, "user", "Why?", "a", "b", timestamp=1_700_000_000)


def test_a_chat_is_a_heading_for_each_message_of_the_branch_on_show():
    answer = message("a", "q", "assistant", "Because.\n", model="m", modelName="Model M")
    other = message("b", "q", "assistant", "Not shown.", model="m")
    text = markdown(chat("a", QUESTION, answer, other, created_at=1_700_000_000, meta={"tags": ["x", "y"]}))
    assert text == (
        "# A title\n\nCreated 2023-11-14 22:13 UTC · Tags: x, y\n\n"
        "## User · 2023-11-14 22:13 UTC\n\nWhy?\n\n## Model M\n\nBecause.\n"
    )


def test_answers_side_by_side_stand_one_after_another_in_the_order_of_their_models():
    question = {**QUESTION, "models": ["one", "two"]}
    stored = [
        message("b", "q", "assistant", "second", model="two", modelIdx=1),
        message("a", "q", "assistant", "first", model="one", modelIdx=0),
    ]
    text = markdown(chat("b", question, *stored))
    assert text.index("## one\n\nfirst") < text.index("## two\n\nsecond")


def test_sources_files_and_errors_are_named():
    answer = message(
        "a",
        "q",
        "assistant",
        "",
        model="m",
        sources=[{"source": {"name": "doc.txt"}}, {"source": {"name": "page", "url": "https://x.test"}}],
        error={"content": "out of\nmemory"},
    )
    question = {**QUESTION, "files": [{"type": "file", "name": "data.csv"}, {"type": "image", "url": "data:…"}]}
    text = markdown(chat("a", question, answer))
    assert "Attached:\n\n- data.csv\n- image\n" in text
    assert "> **Error:** out of memory\n\nSources:\n\n- doc.txt\n- [page](https://x.test)\n" in text


def test_an_empty_chat_is_its_title():
    assert markdown(Chat(id="c", title="T", chat={})) == "# T\n"


def test_a_tree_that_is_broken_or_runs_in_a_circle_is_read_as_far_as_it_goes():
    one, two = message("1", "2", "user", "a", "2"), message("2", "1", "user", "b", "1")
    assert [found["id"] for found in shown(chat("1", one, two).chat)] == ["1", "2"]
    lost = message("3", "nowhere", "user", "c", timestamp=5)
    assert [found["id"] for found in shown(chat("gone", lost, message("4", None, "user", "d")).chat)] == ["3"]
    assert [found["id"] for found in shown({"messages": [one, two]})] == ["1", "2"]


def test_what_a_message_says_is_read_wherever_the_version_keeps_it():
    details = '<details type="reasoning" done="true">\n<summary>x</summary>\n> hm\n</details>\n'
    items = [
        {"type": "reasoning", "content": [{"text": "hm"}]},
        {"type": "message", "content": [{"type": "output_text", "text": "plain"}]},
    ]
    assert text_of({"content": f"{details}plain"}) == "plain"
    assert text_of({"content": "", "output": items}) == "plain"
    assert text_of({"content": [{"type": "text", "text": "plain"}, {"type": "image_url"}]}) == "plain"
    assert text_of({}) == ""
