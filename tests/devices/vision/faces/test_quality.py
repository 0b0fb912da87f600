"""Whether a photo suffices for a template: one face, near, straight ahead, sharp, evenly lit."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.vision.faces import quality
from devices.vision.faces.contract import Flaw
from tests.devices.vision.faces.heads import face, photo

ANGLES = st.floats(-25, 25)


@given(yaw=ANGLES, roll=ANGLES)
def test_how_far_a_head_is_turned_is_measured(yaw, roll):
    pose = quality.pose_of(face(yaw=yaw, roll=roll))
    assert pose.yaw == pytest.approx(yaw, abs=1)
    assert pose.roll == pytest.approx(roll, abs=1)


@given(pitch=st.floats(-25, 25))
def test_how_far_a_head_is_lowered_is_measured(pitch):
    assert quality.pose_of(face(pitch=pitch)).pitch == pytest.approx(pitch, abs=4)


def flaws(*faces, on=None) -> set[Flaw]:
    return set(quality.judge(photo() if on is None else on, faces).flaws) - {Flaw.EYES_CLOSED}


def test_a_face_straight_ahead_has_no_flaw_but_eyes_that_nothing_shows():
    assert flaws(face()) == set()
    assert Flaw.EYES_CLOSED in quality.judge(photo(), [face()]).flaws


def test_without_a_face_and_with_two_near_ones_nothing_else_is_judged():
    assert flaws() == {Flaw.NO_FACE}
    assert flaws(face(), face(centre=(420, 300))) == {Flaw.SEVERAL_FACES}


def test_a_small_face_in_the_background_is_no_second_face():
    assert flaws(face(), face(eyes_px=30, centre=(500, 100))) == set()


@pytest.mark.parametrize(
    ("head", "flaw"),
    [
        ({"yaw": 24}, Flaw.TURNED),
        ({"yaw": -24}, Flaw.TURNED),
        ({"pitch": -25}, Flaw.TURNED),
        ({"roll": 25}, Flaw.TILTED),
        ({"eyes_px": 105}, Flaw.TOO_SMALL),
        ({"centre": (80, 300)}, Flaw.CUT_OFF),
    ],
)
def test_each_flaw_of_a_head_is_named(head, flaw):
    assert flaws(face(**head)) == {flaw}


def test_light_that_is_dark_bright_or_from_one_side_is_named():
    assert flaws(face(), on=photo(mean=25, contrast=8)) == {Flaw.TOO_DARK}
    assert flaws(face(), on=photo(mean=240, contrast=8)) == {Flaw.TOO_BRIGHT}
    lit = photo(mean=180, contrast=30)
    lit[:, :300] //= 4
    assert flaws(face(), on=lit) == {Flaw.UNEVEN_LIGHT}


def test_a_blurred_photo_is_refused_whatever_its_contrast():
    for contrast in (15, 60):
        blurred = cv2.GaussianBlur(photo(contrast=contrast), (25, 25), 0)
        assert flaws(face(), on=blurred) == {Flaw.BLURRED}
    assert quality.sharpness_of(np.full((50, 50), 120, np.uint8)) == 0


def test_of_two_good_photos_the_straighter_one_scores_higher():
    straight, turned = (quality.judge(photo(), [face(yaw=yaw)]).score for yaw in (0, 15))
    assert straight > turned
