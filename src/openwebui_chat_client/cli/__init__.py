"""`owui`, the terminal for Open WebUI. Importing this loads nothing heavy; a command is loaded when it is used."""

from __future__ import annotations

from importlib.util import find_spec

from ._output import Output

MISSING = "owui needs an extra that is not installed: pip install 'openwebui-chat-client[cli]'"


def main() -> int:
    """Run the command that the process was started with; what comes back is its exit code."""
    output = Output.of_process()
    if not (find_spec("click") and find_spec("rich")):
        output.fail(MISSING)
        return 1
    from ._app import run

    return run(output)
