"""The program of a process that reads plates for `devices.vision.isolated`.

It knows neither the database nor Django: it takes requests from its standard input and writes
answers to its standard output, both as `core.children` has them. A photo that breaks the engine
ends this process only.
"""

import os
import pickle
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from json import dumps, loads
from pathlib import Path
from typing import Any, BinaryIO

from core.images import DECODER
from devices.vision.plates import PlateReader, UnreadableImage, plate_reader

# What the kernel adds to this process's part of the memory, in thousandths, where memory runs out:
# of all processes, this is the one to be ended.
_OOM_SCORE = "800"


def main(engine: str, options: str) -> None:
    """Load an engine and answer requests until the input ends.

    Args:
        engine: a key of `devices.vision.plates.ENGINES`.
        options: of `plate_reader`, as JSON.
    """
    # Ctrl-C reaches every process of a terminal; this one ends with its input, after the photo.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
    # What an engine prints goes to the log, and not among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        reader = _loaded(engine, loads(options))
    except Exception as error:  # whatever the engine lacks, the gate goes on without it
        _send(answers, {"problem": f"{type(error).__name__}: {error}"})
        return
    # An engine may have a second one beside it.
    _send(answers, {"ready": True, "second_problem": getattr(reader, "second_problem", "")})
    _serve(reader, sys.stdin.buffer, answers)


def _loaded(engine: str, options: Mapping[str, Any]) -> PlateReader:
    """Load the engine and what decodes photos, so that the first photo does not wait for them."""
    countries = tuple(options.get("countries", ()))
    reader = plate_reader(engine, **{**options, "countries": countries})
    load = getattr(reader, "load", None)  # an engine may have one
    if load is not None:
        load()
    DECODER.start()
    return reader


def _serve(reader: PlateReader, requests: BinaryIO, answers: BinaryIO) -> None:
    while line := requests.readline():
        header = loads(line)
        # Where nobody is left who would end this process, the kernel does.
        signal.alarm(header["alarm_s"])
        answer = _answer(reader, header["method"], requests.read(header["size"]))
        signal.alarm(0)
        _send(answers, *answer)


def _answer(reader: PlateReader, method: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    arguments, named = pickle.loads(body)  # noqa: S301 - it comes from the process that started us
    try:
        return {}, pickle.dumps(getattr(reader, method)(*arguments, **named))
    except UnreadableImage as error:
        return {"unreadable": [error.reason, error.hint, error.field]}, b""
    except MemoryError:
        return {"memory": True}, b""
    except Exception as error:  # the same photo would fail at every attempt
        return {"error": f"{type(error).__name__}: {error}"}, b""


def _send(answers: BinaryIO, header: dict[str, Any], body: bytes = b"") -> None:
    answers.write(dumps({**header, "size": len(body)}).encode() + b"\n")
    answers.write(body)
    answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
