"""An engine for faces in a process of its own: what it answers, and what a bad photo costs."""

import io

import pytest
from PIL import Image

from devices.vision.faces.contract import Flaw
from devices.vision.faces.isolated import EngineUnavailable, IsolatedFaces, Limits
from devices.vision.plates import UnreadableImage
from tests.devices.vision.faces.scripted_faces import CRASH, FAIL, HANG, PROGRAM


def image(person: int, faces: int = 1, score: int = 0) -> bytes:
    """A photo in one colour, of which the scripted engine reads what is on it."""
    made = io.BytesIO()
    Image.new("RGB", (64, 64), (score, faces * 50, person)).save(made, "PNG")
    return made.getvalue()


@pytest.fixture(scope="module")
def faces():
    started = IsolatedFaces("scripted", Limits(seconds=60), program=PROGRAM)
    yield started
    started.stop()


def test_of_several_frames_the_best_is_described(faces):
    found = faces.best_of([image(10, score=20), image(11, score=90), image(12, faces=2)])
    assert found.template == (11.0, 11.0)
    assert faces.format == "scripted-1"
    assert faces.best_of([image(5)], with_photo=True).face_jpeg.startswith(b"\xff\xd8")


def test_a_photo_with_a_flaw_has_no_template(faces):
    found = faces.best_of([image(10, faces=0), image(10, faces=2)])
    assert (found.quality.flaws, found.template) == ((Flaw.SEVERAL_FACES,), None)


def test_only_the_quality_is_judged_where_no_template_is_asked_for(faces):
    assert faces.analyse(image(10), with_template=False).template is None


def test_what_is_no_image_is_rejected(faces):
    with pytest.raises(UnreadableImage):
        faces.analyse(b"no image")


@pytest.mark.parametrize("deed", [CRASH, FAIL])
def test_a_photo_that_breaks_the_engine_costs_its_own_analysis_only(faces, deed):
    with pytest.raises(EngineUnavailable):
        faces.analyse(image(deed))
    assert faces.analyse(image(7)).template == (7.0, 7.0)


def test_a_photo_that_never_ends_is_given_up():
    hung = IsolatedFaces("scripted", Limits(seconds=0.5), program=PROGRAM)
    with pytest.raises(EngineUnavailable):
        hung.analyse(image(HANG))


def test_an_engine_that_is_not_known_says_so():
    with pytest.raises(EngineUnavailable, match="not known"):
        IsolatedFaces("eigenfaces", program=PROGRAM).analyse(image(1))
