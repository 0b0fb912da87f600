"""The loop of a process that works on photos for another one, as `core.children` talks to it.

It takes requests from its standard input and writes answers to its standard output. A photo that
breaks the engine ends this process only.
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

from devices.vision.plates import UnreadableImage

# What the kernel adds to this process's part of the memory, in thousandths, where memory runs out:
# of all processes, this is the one to be ended.
_OOM_SCORE = "800"

Method = Callable[..., Any]


def take_output() -> BinaryIO:
    """Prepare this process; return where answers go. What an engine prints goes to the log."""
    # Ctrl-C reaches every process of a terminal; this one ends with its input, after the photo.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def send(answers: BinaryIO, header: dict[str, Any], body: bytes = b"") -> None:
    """Write a greeting or an answer: a line of JSON with the body's size, and the body."""
    answers.write(dumps({**header, "size": len(body)}).encode() + b"\n")
    answers.write(body)
    answers.flush()


def serve(
    method_of: Callable[[str], Method], answers: BinaryIO, *, name_causes: bool = True
) -> None:
    """Answer requests until the input ends.

    Args:
        method_of: returns what a request calls by its name.
        name_causes: answer a failure with the text of the error too, which may hold what was on
            the photo.
    """
    requests = sys.stdin.buffer
    while line := requests.readline():
        header = loads(line)
        # Where nobody is left who would end this process, the kernel does.
        signal.alarm(header["alarm_s"])
        body = requests.read(header["size"])
        answer = _answer(method_of(header["method"]), body, name_causes)
        signal.alarm(0)
        send(answers, *answer)


def _answer(method: Method, body: bytes, name_causes: bool) -> tuple[dict[str, Any], bytes]:
    arguments, named = pickle.loads(body)  # noqa: S301 - it comes from the process that started us
    try:
        return {}, pickle.dumps(method(*arguments, **named))
    except UnreadableImage as error:
        return {"unreadable": [error.reason, error.hint, error.field]}, b""
    except MemoryError:
        return {"memory": True}, b""
    except Exception as error:  # the same photo would fail at every attempt
        cause = type(error).__name__
        return {"error": f"{cause}: {error}" if name_causes else cause}, b""
