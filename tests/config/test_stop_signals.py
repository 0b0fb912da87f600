"""A stop signal that comes too early for a program to notice is sent again."""

import os
import sys
import time
from pathlib import Path

from config.appliance.places import Home
from config.appliance.processes import ManagedProcess
from config.appliance.programs import Program
from tests.config.running import eventually

# As mosquitto's main loop: it begins by saying "run", whatever came before.
FORGETFUL = """
import signal, sys, time
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
open(sys.argv[1], "w").close()
while len(asked) < 2:
    time.sleep(0.01)
"""


def test_a_program_that_forgot_the_first_signal_ends_by_the_next(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for folder in (home.log, home.run):
        folder.mkdir(parents=True)
    ready, reports = tmp_path / "ready", []
    program = Program("forgetful", (sys.executable, "-c", FORGETFUL, str(ready)))
    managed = ManagedProcess(program, home, os.environ, reports.append)
    managed.start()
    assert eventually(ready.exists)
    process = managed.process
    managed.request_stop()
    managed.wait_or_kill(time.monotonic() + 60)
    assert process.returncode == 0
    assert reports == []
