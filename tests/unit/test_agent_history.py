"""How long a history is, what of it is kept, what a chat says of the run that left it, and templates."""

import pytest

from openwebui_chat_client.agents.events import DecisionEvent, RoundStart
from openwebui_chat_client.agents.history import Meter, as_text, notes, tokens
from openwebui_chat_client.agents.past import all_asked, on_show, since
from openwebui_chat_client.agents.prompts import AgentPrompts, fill
from openwebui_chat_client.agents.running import chooser
from openwebui_chat_client.turns.results import ToolCall, Turn


def turn(response, *results, **further):
    calls = [ToolCall(id=str(number), name="t", arguments={}, result=result) for number, result in enumerate(results)]
    made = {"chat_id": "c", "message_id": "m", "model": "x", "sources": [], "follow_ups": [], "tool_calls": calls}
    return Turn(response=response, **made, **further)


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("潮汐", 2), ("潮汐 tides", 4)]
)
def test_tokens_are_guessed_by_letters_and_by_signs_where_each_is_one(text, count):
    assert tokens(text) == count


def test_a_meter_counts_what_is_before_the_model_and_what_was_used():
    meter = Meter(context=1000)
    start = meter.before
    meter.count("a" * 40, turn("b" * 80, "c" * 400))
    assert meter.before == start + 10 + 20 + 100 + 3 * 4
    assert meter.used == 2 * (start + 10 + 100 + 2 * 4) + 20
    assert not meter.is_near
    meter.restart()
    assert meter.before == start


def test_what_the_provider_counts_goes_before_what_is_guessed():
    meter = Meter(context=1000)
    meter.count("a", turn("b", usage={"prompt_tokens": 700, "completion_tokens": 50, "total_tokens": 900}))
    assert (meter.before, meter.used, meter.is_near, meter.is_full) == (750, 900, True, False)
    meter.count("a", turn("b", usage={"input_tokens": 800, "output_tokens": 90}))
    assert meter.is_full


def test_a_budget_has_room_for_the_question_and_an_answer_like_the_longest():
    meter = Meter(context=1000, budget=100)
    assert meter.allows("a" * 40)
    meter.count("a" * 40, turn("b" * 120))
    assert not meter.allows("a")
    called = Meter(context=1000, budget=200)
    called.count("a" * 40, turn("b", "c"))
    assert (called.used + called.before + 2 + 4 < 200, called.allows("a" * 600)) == (True, False)
    assert Meter(context=10).allows("a" * 10_000)


def test_notes_hold_findings_the_todo_list_and_the_results_cut_short():
    text = notes(["found"], [{"task": "t", "status": "completed"}, {"task": "u", "status": "pending"}], ["r" * 5000])
    assert text.startswith("- found\n- [x] t\n- [ ] u\n- rrr")
    assert len(text) < 2100
    assert notes([], [], []) == "-"
    assert (
        as_text([{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]) == "user: q\n\nassistant: a"
    )


def message(identity, parent, role, text, **further):
    return {"id": identity, "parentId": parent, "role": role, "content": text, "childrenIds": [], **further}


def chat(*messages):
    known = {one["id"]: one for one in messages}
    for one in messages:
        if one["parentId"]:
            known[one["parentId"]]["childrenIds"].append(one["id"])
    return {"history": {"messages": known, "currentId": messages[-1]["id"]}}


def test_a_chat_is_read_back_as_what_was_asked_and_answered():
    left = chat(
        message("q1", None, "user", "one", timestamp=1),
        message("a1", "q1", "assistant", "first", model="m", done=True, followUps=["two"], timestamp=2),
        message("q2", "a1", "user", "two", timestamp=3),
        message("a2", "q2", "assistant", "sec", model="m", done=True, error={"content": "broke"}, timestamp=4),
    )
    one, two = on_show(left)
    assert (one.question, one.answer.text, one.answer.follow_ups, one.answer.model) == ("one", "first", ["two"], "m")
    assert (two.question, two.answer, two.answers[0].error) == ("two", None, "broke")
    assert since("two", [one, two]) == [two]
    assert since("three", [one, two]) == []


STATES = [({"done": True}, True), ({"done": False}, False), ({}, False)]
STATES += [({"done": True, "output": [{"type": "message", "status": "incomplete"}]}, False)]


@pytest.mark.parametrize(("state", "complete"), STATES)
def test_only_an_answer_that_came_to_its_end_counts(state, complete):
    (asked,) = on_show(chat(message("q", None, "user", "one"), message("a", "q", "assistant", "text", **state)))
    assert (asked.answer is not None) is complete


def test_several_answers_stand_in_the_order_of_their_models_and_other_branches_count_by_age():
    left = chat(
        message("q1", None, "user", "one", timestamp=1),
        message("b", "q1", "assistant", "second", modelIdx=1, done=True),
        message("a", "q1", "assistant", "first", modelIdx=0, done=True),
        message("q2", None, "user", "anew", timestamp=2),
        message("c", "q2", "assistant", "third", done=True),
    )
    assert [answer.text for answer in all_asked(left)[0].answers] == ["first", "second"]
    assert [asked.question for asked in all_asked(left)] == ["one", "anew"]
    assert [asked.question for asked in on_show(left)] == ["anew"]


def test_a_template_is_filled_once_and_keeps_what_it_does_not_know():
    assert fill('{a} {b} {"c": 1} {d}', a="{b}", b=2) == '{b} 2 {"c": 1} {d}'


@pytest.mark.parametrize("empty", [{"research_plan": " "}, {"general_questions": ()}, {"general_questions": ("a", "")}])
def test_an_empty_template_is_refused(empty):
    with pytest.raises(ValueError, match=next(iter(empty))):
        AgentPrompts(**empty)


def test_every_question_of_ours_asks_for_the_language_of_the_user_where_text_is_written():
    prompts = AgentPrompts()
    texts = [*prompts.general_questions, prompts.research_plan, prompts.research_report, prompts.task_system]
    assert all("language" in text for text in [*texts, prompts.task_summary])


def test_the_same_seed_chooses_the_same():
    options = [str(number) for number in range(100)]
    first, second = chooser(7), chooser(7)
    assert [first(options) for _ in range(5)] == [second(options) for _ in range(5)]
    assert {chooser(seed)(options) for seed in range(50)} != {chooser(7)(options)}


def test_an_event_says_what_it_is_first_and_is_a_dictionary():
    event = RoundStart(round=1, question="q", total_rounds=2)
    assert list(event) == ["type", "round", "question", "total_rounds"]
    assert event == {"type": "round_start", "round": 1, "question": "q", "total_rounds": 2}
    assert (event.copy(), type(event.copy())) == (event, RoundStart)
    assert DecisionEvent({"type": "other"}).type == "other"
