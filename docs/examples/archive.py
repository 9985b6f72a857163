"""Which chats nobody wrote to for a month; nothing is archived yet.

The server comes from OPEN_WEBUI_URL and OPEN_WEBUI_API_KEY.
"""

from openwebui_chat_client import OpenWebUIClient

with OpenWebUIClient() as client:
    report = client.archive_chats_by_age(days_since_update=30, dry_run=True)
    print(f"{report.total_archived} of {report.total_checked} chats would be archived.")
    for chat in report.archived_chats:
        print(f"  {chat.title}")
    print("To archive them, leave out dry_run.")
