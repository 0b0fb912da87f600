"""Processes that tests start and end."""

import signal
import subprocess
import time


def end(process: "subprocess.Popen[bytes]", number: signal.Signals, seconds: float = 30) -> None:
    """Send the signal every second until the process ends.

    mosquitto forgets a signal that comes between its first connection and its main loop.

    Raises:
        TimeoutExpired: it runs for longer than ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while True:
        process.send_signal(number)
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                raise
        else:
            return
