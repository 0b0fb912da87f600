"""Two processes of tests never reserve the same port."""

import subprocess
import sys
from pathlib import Path

from tests import ports

ROOT = Path(__file__).resolve().parent.parent
RESERVE = "import sys; from tests import ports; print(ports._reserve(int(sys.argv[1])), flush=True)"


def reserve_elsewhere(port: int) -> str:
    command = [sys.executable, "-c", RESERVE, str(port)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()


def test_a_reserved_port_is_refused_to_another_process() -> None:
    port = ports.free_port()
    assert reserve_elsewhere(port) == "False"
    ports._held.pop().close()
    assert reserve_elsewhere(port) == "True"
