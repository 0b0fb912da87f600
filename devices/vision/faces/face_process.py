"""The program of a process that works on faces for `devices.vision.faces.isolated`.

It knows neither the database nor Django. It writes no photo and no template anywhere but into its
answers.
"""

import os
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from json import dumps, loads
from pathlib import Path
from typing import Any, BinaryIO

from core.images import DECODER
from devices.vision.faces import analysis, engines
from devices.vision.faces.contract import Analysis, FaceEngine
from devices.vision.plates import UnreadableImage

# Where memory runs out, this process is the one to be ended.
_OOM_SCORE = "800"
_METHODS: dict[str, Callable[..., Analysis]] = {
    "analyse": analysis.analyse,
    "best_of": analysis.best_of,
}


def main(name: str) -> None:
    """Load an engine and answer requests until the input ends.

    Args:
        name: a key of `engines.ENGINES`.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
    # What an engine prints goes to the log, and not among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        engine = engines.load(name)
        DECODER.start()
    except Exception as error:  # whatever it lacks, the caller says that it is unavailable
        _send(answers, {"problem": f"{type(error).__name__}: {error}"})
        return
    described = {"format": engine.format, "threshold": engine.threshold}
    _send(answers, {"ready": True, **described})
    _serve(engine, sys.stdin.buffer, answers)


def _serve(engine: FaceEngine, requests: BinaryIO, answers: BinaryIO) -> None:
    while line := requests.readline():
        header = loads(line)
        # Where nobody is left who would end this process, the kernel does.
        signal.alarm(header["alarm_s"])
        answer = _answer(engine, header["method"], requests.read(header["size"]))
        signal.alarm(0)
        _send(answers, *answer)


def _answer(engine: FaceEngine, method: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    arguments, named = pickle.loads(body)  # noqa: S301 - it comes from the process that started us
    try:
        return {}, pickle.dumps(_METHODS[method](engine, *arguments, **named))
    except UnreadableImage as error:
        return {"unreadable": [error.reason, error.hint, error.field]}, b""
    except MemoryError:
        return {"memory": True}, b""
    except Exception as error:  # the same photo would fail at every attempt
        return {"error": type(error).__name__}, b""


def _send(answers: BinaryIO, header: dict[str, Any], body: bytes = b"") -> None:
    answers.write(dumps({**header, "size": len(body)}).encode() + b"\n")
    answers.write(body)
    answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
