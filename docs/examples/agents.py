"""Conversations that drive themselves: a chat that asks on, a research, a task.

The server and the model come from OPEN_WEBUI_URL, OPEN_WEBUI_API_KEY and OUI_DEFAULT_MODEL.
"""

from openwebui_chat_client import OpenWebUIClient

with OpenWebUIClient() as client:
    talk = client.continuous_chat("Name a river of Europe.", num_questions=2, chat_title="Rivers, and on", seed=1)
    for one in talk.conversation_history:
        print(f"{one.round}. {one.question} - {one.response}")

    found = client.deep_research("Rivers of Asia", num_steps=1)
    print(f"{found.total_steps_completed} of 1 steps, and this report: {found.final_report}")

    with client.stream_process_task("Which river is longer, Nile or Amazon?", client.default_model_id, []) as events:
        for event in events:
            print(f"{event.iteration}. {event.type}")
    print(events.result.solution)
    print(f"All of it is in {client.base_url}/c/{events.result.chat_id}")
