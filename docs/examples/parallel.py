"""One question to two models, and one model asked twice.

The server and the model come from OPEN_WEBUI_URL, OPEN_WEBUI_API_KEY and OUI_DEFAULT_MODEL.
"""

from openwebui_chat_client import OpenWebUIClient

with OpenWebUIClient() as client:
    models = [model.id for model in client.models.list()][:2]
    result = client.parallel_chat("Which river of Europe is the longest?", "The longest river", model_ids=models)
    for model, text in result.responses.items():
        print(f"{model}: {text}")
    for model, reason in result.failed.items():
        print(f"{model} failed: {reason}")
    print(f"Side by side: {client.base_url}/c/{result.chat_id}")

    twice = client.turns.parallel("Name a river.", "Any river", model_ids=[models[0], models[0]])
    for answer in twice.answers:
        print(f"{answer.model}: {answer.content}")
