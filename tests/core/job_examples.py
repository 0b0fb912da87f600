"""Jobs that write lines to a file, for workers in their own processes."""

import os
import time
from pathlib import Path


def write_line(file: str, word: str) -> None:
    """Write one line."""
    with Path(file).open("a") as trace:
        trace.write(f"{word} {os.getpid()}\n")


def run_long(file: str, seconds: float) -> None:
    """Write a line, sleep, and write another."""
    write_line(file, "begun")
    time.sleep(seconds)
    write_line(file, "done")
