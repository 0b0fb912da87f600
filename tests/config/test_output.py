"""The supervisor shows each process's log lines and rotates large log files."""

from pathlib import Path

import pytest

from config.appliance import output
from config.appliance.output import LogFollower


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "gates.log"


def test_only_new_and_complete_lines_are_shown(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.write_text("before the start\n")
    follower = LogFollower(log.parent)
    with log.open("a") as file:
        file.write("one\ntwo")
    follower.show_new_lines()
    assert capsys.readouterr().out == "gates     | one\n"
    with log.open("a") as file:
        file.write(" and more\n")
    follower.show_new_lines()
    assert capsys.readouterr().out == "gates     | two and more\n"


def test_the_databases_routine_lines_are_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    follower = LogFollower(tmp_path)
    (tmp_path / "postgres.log").write_text("at noon LOG:  ready\nat noon FATAL:  no disk\n")
    follower.show_new_lines()
    assert capsys.readouterr().out == "postgres  | at noon FATAL:  no disk\n"


def test_a_large_file_is_rotated_while_its_process_writes(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "MAX_LOG", 100)
    follower = LogFollower(log.parent)
    with log.open("ab", buffering=0) as file:
        file.write(b"x" * 120 + b"\n")
        follower.show_new_lines()
        file.write(b"after\n")
        follower.show_new_lines()
    assert log.read_text() == "after\n"
    assert log.with_suffix(".log.1").read_text() == "x" * 120 + "\n"
    assert capsys.readouterr().out.endswith("gates     | after\n")
