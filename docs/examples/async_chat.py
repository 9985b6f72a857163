"""Three chats at once.

The server and the model come from OPEN_WEBUI_URL, OPEN_WEBUI_API_KEY and OUI_DEFAULT_MODEL.
"""

import asyncio

from openwebui_chat_client import AsyncOpenWebUIClient


async def main() -> None:
    rivers = ["Danube", "Rhine", "Loire"]
    async with AsyncOpenWebUIClient() as client:
        chats = [client.chat(question=f"Where does the {river} begin?", chat_title=river) for river in rivers]
        for river, turn in zip(rivers, await asyncio.gather(*chats), strict=True):
            print(f"{river}: {turn.response}")


asyncio.run(main())
