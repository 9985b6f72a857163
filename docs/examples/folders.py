"""Chats in a folder, and what the folder holds.

The server and the model come from OPEN_WEBUI_URL, OPEN_WEBUI_API_KEY and OUI_DEFAULT_MODEL.
"""

from openwebui_chat_client import OpenWebUIClient

with OpenWebUIClient() as client:
    for river in ["Danube", "Rhine"]:
        client.chat(
            question=f"Where does the {river} end?", chat_title=f"The mouth of the {river}", folder_name="Geography"
        )

    folder = client.folders.find("Geography")
    assert folder is not None
    inside = client.request("GET", f"/api/v1/chats/folder/{folder.id}")  # any route of the server works like this
    print(f"{folder.name}: {', '.join(chat['title'] for chat in inside)}")
