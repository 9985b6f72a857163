"""One chat as an object: asked, answered again, and asked in other words.

The server and the model come from OPEN_WEBUI_URL, OPEN_WEBUI_API_KEY and OUI_DEFAULT_MODEL.
"""

from openwebui_chat_client import OpenWebUIClient

with OpenWebUIClient() as client:
    talk = client.conversation("A talk about rivers")
    print(talk.ask("Name a river of Europe.").response)
    print(talk.regenerate().response)

    question = talk.messages()[0]
    print(talk.edit(question["id"], "Name a river of Asia.").response)

    for number, branch in enumerate(talk.branches(), 1):
        print(f"Branch {number}: {' > '.join(message['content'] for message in branch)}")
