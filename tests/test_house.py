"""The house itself: who imports whom, and what must never appear in it."""

import subprocess
from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).resolve().parent.parent


def test_rooms_import_downwards_only():
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml")) == EXIT_STATUS_SUCCESS


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
