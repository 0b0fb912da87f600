"""A record identifies a process by its pid and start time."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.appliance import records


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.wait()


def test_a_recorded_process_is_found_with_its_facts(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    records.save(tmp_path, "web", sleeper.pid, address="here")
    assert records.find_running(tmp_path, "web").pid == sleeper.pid
    assert records.load(tmp_path, "web")["address"] == "here"
    assert records.names(tmp_path) == ["web"]


def test_another_process_with_the_same_pid_is_not_found(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    records.save(tmp_path, "web", sleeper.pid)
    file = tmp_path / "web.json"
    record = json.loads(file.read_text())
    file.write_text(json.dumps({**record, "started": record["started"] - 60}))
    assert records.find_running(tmp_path, "web") is None


def test_a_dead_process_is_not_found(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    records.save(tmp_path, "web", sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert records.find_running(tmp_path, "web") is None
    assert records.session_processes(tmp_path, "web") == []


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_an_incomplete_record_is_ignored(tmp_path: Path, text: str) -> None:
    (tmp_path / "web.json").write_text(text)
    assert records.find_running(tmp_path, "web") is None
    assert records.session_processes(tmp_path, "web") == []


def test_a_process_that_ignores_the_stop_signal_is_killed(tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); "
    command = [sys.executable, "-c", deaf + "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        records.stop([records.find_process(process.pid)], timeout=0.2)
        assert process.wait(60) == -9
