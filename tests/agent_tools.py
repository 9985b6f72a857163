"""A real tool on the server, for runs that call one; and what a run has left in its chat."""

import uuid

from openwebui_chat_client._messages import branch, text_of

ADDER = '''"""
title: Adder
"""


class Tools:
    def add_numbers(self, a: int, b: int) -> str:
        """
        Add two numbers.

        :param a: The first.
        :param b: The second.
        """
        return f"the sum is {a + b}"

    def long_story(self, words: int) -> str:
        """
        Tell a long story.

        :param words: How many words it has.
        """
        return "word " * words
'''
TASK = 'add_numbers {"a": 2, "b": 40}'
"""What a scripted model calls the tool for."""


def plain(chat):
    """The branch on show of a chat's document, its text where recent servers have it."""
    return [{**message, "content": text_of(message)} for message in branch(chat)]


async def adder(client):
    """The id of a tool of its own that adds, and tells long stories."""
    return (await client.tools.create(f"adder_{uuid.uuid4().hex}", ADDER, name="Adder")).id
