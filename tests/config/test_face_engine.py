"""What the check says of the engine for faces."""

from dataclasses import replace

import pytest

from config.face_checks import face_engine
from devices.vision.faces import engines
from devices.vision.faces.engines import DLIB, FIVE_POINTS, NETWORK


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """An engine whose package is installed; returns the folder of its files."""
    kind = replace(DLIB, modules=(), distribution="numpy", folder=lambda: tmp_path)
    monkeypatch.setitem(engines.ENGINES, "dlib", kind)
    return tmp_path


def test_an_engine_in_order_is_named_and_its_limit_is_said(installed):
    for name in (NETWORK, FIVE_POINTS):
        (installed / name).touch()
    found = face_engine()
    assert found.ok
    assert found.text == (
        f"dlib {engines.ENGINES['dlib'].version()}. It can't tell a person from a photo of one."
    )


def test_a_missing_file_is_named_and_is_no_fault_of_the_installation(installed):
    (installed / NETWORK).touch()
    found = face_engine()
    assert found.ok
    assert found.text == (f"{FIVE_POINTS} is missing in {installed}. No face can be enrolled.")


def test_an_engine_that_is_not_installed_is_named_with_its_command(monkeypatch):
    kind = replace(DLIB, modules=("no_such_module",))
    monkeypatch.setitem(engines.ENGINES, "dlib", kind)
    assert face_engine().text == (
        "no_such_module is not installed (pip install 'gatehouse[faces]'). No face can be enrolled."
    )


def test_an_engine_that_is_not_known_is_wrong_and_names_the_setting(settings):
    settings.FACE_ENGINE = "eigenfaces"
    found = face_engine()
    assert not found.ok
    assert found.hint == "set GATEHOUSE_FACE_ENGINE to one of: dlib, deepface."
