"""An answer while it is written, first as text, then as events.

The server and the model come from OPEN_WEBUI_URL, OPEN_WEBUI_API_KEY and OUI_DEFAULT_MODEL.
"""

from openwebui_chat_client import OpenWebUIClient
from openwebui_chat_client.types import ReasoningDelta, TextDelta

with OpenWebUIClient() as client:
    with client.stream_chat("Tell me about the Danube.", "Rivers") as pieces:
        for text in pieces:
            print(text, end="", flush=True)
    print(f"\nThe chat: {pieces.result.chat_id}")

    with client.turns.stream("And about the Rhine?", "Rivers") as events:
        for event in events:
            if isinstance(event, ReasoningDelta):
                print(f"(thinking: {event.text})", end="", flush=True)
            elif isinstance(event, TextDelta):
                print(event.text, end="", flush=True)
    print()
