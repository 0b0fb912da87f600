"""Which files an engine needs, and what is said where they are missing."""

import subprocess
import sys

import pytest

from devices.vision.engine_files import EASYOCR, RAPIDOCR, EnginePackage, MissingEngine
from devices.vision.plates import plate_reader

OWN = EnginePackage("made_up_engine", "pip install made-up", ("net.onnx", "signs.txt"), "models")
SET = EnginePackage("made_up_engine", "pip install made-up", ("a.pth", "b.pth"), setting="WEIGHTS")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package without files."""
    folder = tmp_path / "made_up_engine"
    (folder / "models").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_a_package_that_is_absent_is_named_with_what_installs_it():
    assert str(OWN.problem()) == "made_up_engine is not installed; run pip install made-up"
    assert OWN.version() == ""


def test_a_missing_file_is_named_with_its_folder(package):
    (package / "models" / "net.onnx").touch()
    assert str(OWN.problem()) == f"missing signs.txt in {package}/models; run pip install made-up"


def test_the_files_are_found_in_their_order(package):
    for name in OWN.files:
        (package / "models" / name).touch()
    assert OWN.problem() is None
    assert [path.name for path in OWN.paths()] == ["net.onnx", "signs.txt"]


def test_weights_beside_the_package_are_looked_for_in_the_folder_that_is_set(package, tmp_path):
    assert str(SET.problem()).startswith("WEIGHTS is not set;")
    (tmp_path / "a.pth").touch()
    assert str(SET.problem(str(tmp_path))) == (
        f"missing b.pth in {tmp_path}; copy the weights there, or set WEIGHTS to their folder"
    )
    (tmp_path / "b.pth").touch()
    assert SET.problem(str(tmp_path)) is None


def test_the_default_reader_is_complete():
    assert RAPIDOCR.problem() is None
    assert RAPIDOCR.version().startswith("3.10")


@pytest.mark.skipif(bool(EASYOCR.version()), reason="easyocr is installed")
def test_an_absent_reader_says_what_installs_it():
    with pytest.raises(MissingEngine, match=r"pip install 'gatehouse\[easyocr\]'"):
        plate_reader("easyocr").load()


def test_a_reader_that_is_not_known_is_rejected():
    with pytest.raises(LookupError, match="one of rapidocr, easyocr"):
        plate_reader("tesseract")


def test_no_engine_is_imported_before_it_is_asked_for():
    heavy = {"cv2", "onnxruntime", "rapidocr", "torch", "easyocr"}
    code = "import devices.vision.plates, devices.vision.engine_files, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not heavy & set(done.stdout.split())
