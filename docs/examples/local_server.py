"""A throw-away Open WebUI of your own: for trying things out, and for tests. Needs the extra `local`.

Nothing has to run before, and nothing is left behind.
"""

from openwebui_chat_client import OpenWebUIClient
from openwebui_chat_client.local import LocalServer

with LocalServer(model="scripted") as server, OpenWebUIClient(server.url, server.token, server.model_id) as client:
    turn = client.chat(question="Hello!", chat_title="A first chat")
    print(turn.response)

    reader = server.create_user("Reader")
    with OpenWebUIClient(server.url, reader.token, server.model_id) as other:
        print(other.chat(question="Hello from me!", chat_title="Mine").response)
        print(f"The reader sees {len(other.chats.list())} chat.")
