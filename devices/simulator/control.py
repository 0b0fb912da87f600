"""What a running simulation is told from outside: which of its sensors are set off.

The file stands beside the scenario's, so that `manage.py set_off` reaches a simulation without a
connection to it.
"""

import os
from collections.abc import Collection
from pathlib import Path


def file_beside(scenario: Path) -> Path:
    """Return the file that controls a simulation of the scenario."""
    return scenario.with_suffix(".set-off.txt")


def read(control: Path) -> frozenset[str]:
    """Return the codes of the sensors that are set off; none where the file is missing or torn."""
    try:
        return frozenset(control.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError):
        return frozenset()


def write(control: Path, codes: Collection[str]) -> None:
    """Set off the sensors of these codes, and no others."""
    partial = control.with_name(control.name + ".new")
    partial.write_text("\n".join(sorted(codes)), encoding="utf-8")
    os.replace(partial, control)
