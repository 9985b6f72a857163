"""Runs the scripted model in the foreground: prints its URL as one line, ends on SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from openwebui_chat_client.local.scripted.server import ScriptedModel


def main() -> None:
    """Serve until a signal says to stop."""
    parser = argparse.ArgumentParser(prog="python -m openwebui_chat_client.local.scripted", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one (default)")
    port: int = parser.parse_args().port
    stop = threading.Event()

    def end(_number: int, _frame: object) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    with ScriptedModel(port) as model:
        sys.stdout.write(f"{model.url}\n")
        sys.stdout.flush()
        stop.wait()


if __name__ == "__main__":
    main()
