"""Which engines for faces can be used, and why not."""

from dataclasses import replace

import pytest

from devices.vision.engine_files import MissingEngine
from devices.vision.faces import engines
from devices.vision.faces.engines import DEEPFACE, DLIB, FIVE_POINTS, NETWORK


def test_an_engine_whose_package_is_missing_says_what_installs_it():
    kind = replace(DLIB, modules=("no_such_module",))
    problem = kind.problem()
    assert (problem.code, str(problem)) == (
        "not_installed",
        "no_such_module is not installed; run pip install 'gatehouse[faces]'",
    )


def test_missing_weights_are_named_with_their_folder(tmp_path):
    kind = replace(DLIB, modules=(), folder=lambda: tmp_path)
    (tmp_path / NETWORK).touch()
    assert kind.problem().names == (FIVE_POINTS,)
    (tmp_path / FIVE_POINTS).touch()
    assert kind.problem() is None


def test_deepface_needs_the_folder_of_its_weights(monkeypatch, tmp_path):
    kind = replace(DEEPFACE, modules=())
    monkeypatch.delenv("DEEPFACE_HOME", raising=False)
    assert kind.problem().code == "no_folder"
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    assert kind.problem().folder == str(tmp_path / ".deepface" / "weights")


def test_an_engine_that_cannot_be_used_is_not_loaded(monkeypatch):
    monkeypatch.setitem(engines.ENGINES, "dlib", replace(DLIB, modules=("no_such_module",)))
    engines.load.cache_clear()
    with pytest.raises(MissingEngine):
        engines.load("dlib")
    with pytest.raises(LookupError, match="one of dlib, deepface"):
        engines.load("eigenfaces")


def test_the_model_with_68_points_is_not_used():
    assert all("68" not in name for name in (NETWORK, FIVE_POINTS))
