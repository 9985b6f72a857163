"""Two questions in one chat.

The server and the model come from OPEN_WEBUI_URL, OPEN_WEBUI_API_KEY and OUI_DEFAULT_MODEL.
"""

from openwebui_chat_client import OpenWebUIClient

with OpenWebUIClient() as client:
    first = client.chat(question="Name three rivers of Europe.", chat_title="Rivers")
    print(first.response)

    second = client.chat(question="Which of them is the longest?", chat_title="Rivers")
    print(second.response)

    print(f"Both are in {client.base_url}/c/{second.chat_id}")
