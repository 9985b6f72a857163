"""What models are told by the conversations that drive themselves: named templates, each of which can be replaced."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class AgentPrompts:
    """The templates; give those that you want to be others. `{name}` is filled in, once; what it does not know stays.

    All of them ask for the language of the question. The headings and keys in them are what the answers are read by:
    they stay in English whatever the language is.

    Raises:
        ValueError: A template is empty.

    Example:
        >>> AgentPrompts(research_report="Sum up {topic} in three sentences.")
    """

    general_questions: tuple[str, ...] = (
        "What else matters about this? Answer in the language of our conversation.",
        "Can you go into more detail, with an example? Answer in the language of our conversation.",
        "What is often misunderstood about this? Answer in the language of our conversation.",
    )
    """Of a continuous chat: one of them is asked when the server suggested nothing."""

    research_plan: str = """\
We research this topic, one question after another:

{topic}

This is step {step} of {steps}. What was found so far is above, questions and answers. {kinds}

Name the one question whose answer adds most now. Do not answer it, and do not repeat one. Write it in the language of \
the topic. Say nothing but this JSON object:

{"next_question": "…", "chosen_model_type": "General"}"""
    """Asks for the next question. Knows `topic`, `step`, `steps`, `kinds`."""

    research_kinds: str = """\
"chosen_model_type" says who is to answer: "Search-Capable" is a model that looks things up, for facts that are recent \
or rare; "General" is one that explains and thinks."""
    """`kinds` of `research_plan`, when there are models that search; else that is empty."""

    research_plan_again: str = """\
That could not be read. Say nothing but the JSON object, with your question for step {step} in it:

{"next_question": "…", "chosen_model_type": "General"}"""
    """Asks once more. Knows `topic`, `step`, `steps`."""

    research_report: str = """\
The research is done. Its topic was:

{topic}

Write the report: what was found, from all the questions and answers above, in the order of what matters, with what is \
still open at its end. Rest it on these answers, not on what you guess. Write it in the language of the topic.
{sources}"""
    """Asks for the report. Knows `topic`, `sources`."""

    research_sources: str = """\

The answers rest on these sources; name them by number where you use them:

{sources}"""
    """`sources` of `research_report`, when there are any. Knows `sources`: one per line, numbered."""

    task_system: str = """\
You solve a task, step by step. The tools that you are offered are real: call one whenever it helps, and never make up \
what it would say.

Write your answers in these sections. Keep the headings as they are, in English; write everything else in the language \
of the task.

**Thought:**
What you know, and what to do next.

**Key Findings:**
- a fact that was found, such as what a tool said; one per line

**Todo List:**
- [x] what is done
- [@] what you are doing
- [ ] what is left to do

If there are several ways to go on, and it matters which one is taken, end with them, and do not choose:

**Options:**
1. Name: what it means
2. Name: what it means

Once the task is solved, and not before, end with:

**Final Answer:**
the whole answer"""
    """The system prompt of a task's chat. The first question is the task itself."""

    task_continue: str = """\
Go on with the task. What was found so far, and what the tools said, is above. If it is solved, end with \
**Final Answer:**."""
    """Asks for the next step."""

    task_again: str = """\
That had none of the sections. Go on with the task, and write **Thought:**, **Key Findings:** and **Todo List:**; once \
it is solved, **Final Answer:**. The task was:

{question}"""
    """Asks once more for an answer that can be read. Knows `question`."""

    task_decision: str = """\
This task is being solved:

{question}

There are these ways to go on:

{options}

Which one is best for the task? Answer with its number alone."""
    """Asks the model that decides. Knows `question`, `options`."""

    task_decision_again: str = "Answer with one of these numbers, and with nothing else: {numbers}"
    """Asks it once more. Knows `numbers`."""

    task_decided: str = """\
Option {number} is chosen: {label}. Go on with the task that way. If it is solved, end with **Final Answer:**."""
    """Tells the choice. Knows `number`, `label`, `description`."""

    task_summary: str = """\
Sum up the work so far for somebody who goes on with it and sees nothing else: what was found, with every name and \
number that is still needed, what was tried, and what is left to do. Write in the language of the task, and call no \
tool."""
    """Asks for a summary when the history gets too long."""

    task_from_summary: str = """\
{question}

This task is already being worked on. The work so far:

{summary}

{next}"""
    """Begins anew with the summary in the place of the history. Knows `question`, `summary`, `next`: what would have
    been asked next."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value or not all(template.strip() for template in ([value] if isinstance(value, str) else value)):
                raise ValueError(f"the template {field.name} is empty")


DEFAULT = AgentPrompts()


def fill(template: str, **values: object) -> str:
    """The template with its places filled in; values are plain text, and are not read again."""
    return PLACE.sub(lambda place: str(values.get(place[1], place[0])), template)
