"""The structure of the code: who imports which room, and what must never appear."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]


def test_rooms_import_downwards_only():
    # In a process of its own: the linter disables the loggers of the process that it runs in.
    lint = "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache'])"
    checked = subprocess.run(
        [sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_contracts_have_no_exceptions():
    for contract in CONTRACTS["contracts"]:
        assert not [key for key in contract if key.startswith(("ignore", "unmatched"))]


def test_every_room_has_its_place_in_the_layers_and_is_checked_for_circles():
    listed = {room for layer in _layers() for room in layer}
    assert listed == set(CONTRACTS["root_packages"])
    (circles,) = (each for each in CONTRACTS["contracts"] if each["type"] == "acyclic_siblings")
    assert listed == set(circles["ancestors"])
    rooms = {each.parent.name for each in (ROOT / "platform").glob("*/__init__.py")}
    assert rooms <= listed


def _layers() -> Iterator[list[str]]:
    (layers,) = (each["layers"] for each in CONTRACTS["contracts"] if each["type"] == "layers")
    for layer in layers:
        yield layer.split(" | ")


def test_platform_is_a_folder_and_never_a_package():
    assert not (ROOT / "platform" / "__init__.py").exists(), (
        "it would shadow the library's platform"
    )


def test_the_top_level_is_the_one_agreed():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    rooms = {name.split("/")[0] for name in listed if "/" in name}
    assert rooms <= {
        ".ci",
        "benchmarks",
        "deploy",
        "devices",
        "docs",
        "gis",
        "integrations",
        "platform",
        "tests",
    }
