"""What can go wrong, and what you get then.

The server and the model come from OPEN_WEBUI_URL, OPEN_WEBUI_API_KEY and OUI_DEFAULT_MODEL.
"""

from openwebui_chat_client import (
    APIConnectionError,
    AuthenticationError,
    NotFoundError,
    OpenWebUIClient,
    OpenWebUIError,
    TurnError,
)

with OpenWebUIClient() as client:
    try:
        turn = client.chat(question="Hello!", chat_title="Errors")
        print(f"The model said: {turn.response}")
    except TurnError as error:
        print(f"The model failed in chat {error.chat_id}; until then it said {error.partial!r}")
    except OpenWebUIError as error:
        print(f"Something else failed: {error}")

    try:
        client.chat(question="Hello!", chat_title="Errors", model_id="no-such-model")
    except NotFoundError as error:
        print(f"No such model: {error}")

    try:
        client.chat(question="", chat_title="Errors")
    except ValueError as error:
        print(f"Refused before anything was sent: {error}")

    with OpenWebUIClient(client.base_url, "sk-wrong") as stranger:
        try:
            stranger.models.list()
        except AuthenticationError as error:
            print(f"A wrong key: {error}")

with OpenWebUIClient("http://127.0.0.1:9", "sk-any", max_retries=0) as nowhere:
    try:
        nowhere.models.list()
    except APIConnectionError as error:
        print(f"No server: {error}")
