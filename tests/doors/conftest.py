"""An engine for faces that reads colours."""

import pytest

from doors.faces import engine as faces
from tests.doors.faces import ColourEngine


@pytest.fixture
def colours(monkeypatch) -> ColourEngine:
    """The engine that every part of the room asks."""
    made = ColourEngine()
    for module in ("doors.faces.engine", "doors.faces.enrolment", "doors.faces.matching"):
        monkeypatch.setattr(f"{module}.engine", lambda: made)
    monkeypatch.setattr("doors.faces.enrolment.problem", lambda: None)
    assert faces.engine() is made
    return made
