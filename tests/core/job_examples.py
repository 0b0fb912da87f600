"""Jobs that leave a trace in a file, for workers that run in processes of their own."""

import os
import time
from pathlib import Path


def leave(file: str, word: str) -> None:
    """Write one line at once."""
    with Path(file).open("a") as trace:
        trace.write(f"{word} {os.getpid()}\n")


def take_long(file: str, seconds: float) -> None:
    """Write a line, take a while, write another."""
    leave(file, "begun")
    time.sleep(seconds)
    leave(file, "done")


def tick() -> None:
    """Write a line where the test said that ticks go."""
    leave(os.environ["JOB_TEST_TICKS"], "tick")
