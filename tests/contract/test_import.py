import json
import subprocess
import sys

import pytest

HEAVY = ("click", "rich", "socketio", "engineio", "aiohttp", "asyncio", "anyio", "trio", "uv", "playwright")
ENTRANCES = ("openwebui_chat_client", "openwebui_chat_client.cli", "openwebui_chat_client.local")


def loaded(statement: str) -> set[str]:
    """The modules that a fresh interpreter has after this statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(json.loads(found.stdout))


def roots(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_importing_loads_nothing_heavy_that_httpx2_does_not_load_itself(entrance):
    assert loaded(f"import {entrance}") & set(HEAVY) - loaded("import httpx2") == set()


def test_importing_loads_only_httpx2_our_own_modules_and_the_standard_library():
    extra = roots(loaded("import openwebui_chat_client") - loaded("import httpx2"))
    assert extra - {"openwebui_chat_client"} - sys.stdlib_module_names == set()


def test_importing_loads_neither_the_commands_nor_the_local_server():
    modules = loaded("import openwebui_chat_client")
    assert not [
        module for module in modules if module.startswith(("openwebui_chat_client.cli.", "openwebui_chat_client.local"))
    ]


def test_making_a_blocking_client_loads_no_event_loop():
    made = loaded("from openwebui_chat_client import OpenWebUIClient\nOpenWebUIClient('http://x.test', 'sk-x').close()")
    assert made & set(HEAVY) - loaded("import httpx2\nhttpx2.Client().close()") == set()
