"""Both engines for faces on a real photo: the astronaut Eileen Collins, by NASA (public domain).

The photo is in the package scikit-image, which is not imported (`pip install --no-deps
scikit-image`). One person's photo, however it is changed, says nothing about accuracy: for that,
`benchmarks/faces.py` takes labelled photos.
"""

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from devices.vision.faces import engines
from devices.vision.faces.contract import Flaw
from devices.vision.faces.isolated import IsolatedFaces

_SPEC = find_spec("skimage")
PHOTO = Path(_SPEC.submodule_search_locations[0]) / "data/astronaut.png" if _SPEC else Path()
pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(not PHOTO.is_file(), reason="no photo: pip install --no-deps scikit-image"),
]


@pytest.fixture(scope="module", params=list(engines.ENGINES))
def name(request):
    """An engine that can be used here."""
    if problem := engines.ENGINES[request.param].problem():
        pytest.skip(str(problem))
    return request.param


@pytest.fixture(scope="module")
def engine(name):
    return engines.load(name)


@pytest.fixture(scope="module")
def photo():
    """The photo at twice its size, so that the face is as near as at a phone."""
    return cv2.resize(cv2.imread(str(PHOTO)), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


def flaws(engine, photo) -> tuple[Flaw, ...]:
    return engine.quality(photo, engine.detect(photo)).flaws


def test_one_face_straight_ahead_suffices(engine, photo):
    assert flaws(engine, photo) == ()


def test_another_light_and_size_are_the_same_person(engine, photo):
    template = engine.embed(photo, engine.detect(photo)[0])
    assert len(template) == 128
    brighter = cv2.convertScaleAbs(photo, alpha=0.8, beta=30)
    smaller = cv2.resize(photo, None, fx=0.8, fy=0.8)
    for other in (brighter, smaller, cv2.flip(photo, 1)):
        changed = engine.embed(other, engine.detect(other)[0])
        assert 0 < engine.compare(template, changed) <= engine.threshold


def test_each_bad_photo_is_refused_with_its_reason(engine, photo):
    height, width = photo.shape[:2]
    two = cv2.hconcat([photo, photo])
    bad = {
        Flaw.NO_FACE: photo[height // 2 :],
        Flaw.SEVERAL_FACES: two,
        Flaw.TOO_SMALL: cv2.resize(photo, (width // 2, height // 2)),
        Flaw.TOO_DARK: photo // 6,
        Flaw.BLURRED: cv2.GaussianBlur(photo, (21, 21), 0),
        Flaw.EYES_CLOSED: with_closed_eyes(engine, photo),
    }
    for flaw, changed in bad.items():
        assert flaw in flaws(engine, changed)


def with_closed_eyes(engine, photo):
    """The photo with skin over both eyes."""
    mask = np.zeros(photo.shape[:2], np.uint8)
    points = engine.detect(photo)[0].points
    for outer, inner in (points[:2], points[2:4]):
        middle = (round((outer[0] + inner[0]) / 2), round((outer[1] + inner[1]) / 2))
        width = abs(outer[0] - inner[0])
        axes = (round(width * 0.75), round(width * 0.42))
        cv2.ellipse(mask, middle, axes, 0, 0, 360, 255, -1)
    return cv2.inpaint(photo, mask, 5, cv2.INPAINT_TELEA)


def test_an_engine_works_in_a_process_of_its_own(name, photo):
    isolated = IsolatedFaces(name)
    try:
        found = isolated.best_of([cv2.imencode(".jpg", photo)[1].tobytes()], with_photo=True)
    finally:
        isolated.stop()
    assert len(found.template) == 128
    assert found.face_jpeg.startswith(b"\xff\xd8")
