"""Judge whether a photo shows one face well enough for a template.

Eyes are found by OpenCV's cascades, which find open ones only, near the corners that the model
with five points has found. How far a head is turned follows from where the point below the nose
lies between the eyes: it is in front of the line through their corners.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from devices.vision.faces.contract import Face, Flaw, Point, Quality

#: Between the outer corners of the eyes; below it, terminals refuse photos as well.
LEAST_EYES_PX = 110.0
#: In any direction.
MOST_DEGREES = 20.0
LEAST_SHARPNESS = 30.0
DARKEST, BRIGHTEST = 50.0, 220.0
#: The darkest quarter of a face by its brightest.
LEAST_EVENNESS = 0.45
#: A second face smaller than this part of the largest is in the background, or no face at all.
LEAST_PART_OF_LARGEST = 0.4
# By which part of the distance of the eyes' outer corners the point below the nose is below and in
# front of the line between them. Measured on photos of faces that look straight ahead.
_NOSE_DROP, _NOSE_DEPTH = 0.53, 0.3
# A face is judged at this width, so that sharpness does not depend on the camera.
_WIDTH = 160
_EYE = 80
# Around the middle of an eye, by the distance of the outer corners: with more, brows pass for eyes.
_EYE_REACH = 0.22
_CASCADES = ("haarcascade_eye.xml", "haarcascade_eye_tree_eyeglasses.xml")


@dataclass(frozen=True, slots=True)
class Pose:
    """How far a head is turned, in degrees: to the side, down, towards a shoulder."""

    yaw: float
    pitch: float
    roll: float


def judge(
    photo: np.ndarray[Any, Any], faces: Sequence[Face], least_eyes_px: float = LEAST_EYES_PX
) -> Quality:
    """Judge a photo.

    Args:
        faces: those on it, the largest first.
        least_eyes_px: between the outer corners of the eyes.
    """
    if not faces:
        return Quality((Flaw.NO_FACE, *_flaws_of_brightness(float(photo.mean()))))
    if count_near(faces) > 1:
        return Quality((Flaw.SEVERAL_FACES,))
    face = faces[0]
    eyes_px, pose = eye_distance(face), pose_of(face)
    grey = _face_in_grey(photo, face)
    sharpness = sharpness_of(grey)
    flaws = (
        *([Flaw.CUT_OFF] if _is_cut_off(photo, face) else []),
        *([Flaw.TOO_SMALL] if eyes_px < least_eyes_px else []),
        *_flaws_of_light(grey),
        *([Flaw.BLURRED] if sharpness < LEAST_SHARPNESS else []),
        *([Flaw.TURNED] if max(abs(pose.yaw), abs(pose.pitch)) > MOST_DEGREES else []),
        *([Flaw.TILTED] if abs(pose.roll) > MOST_DEGREES else []),
        *([Flaw.EYES_CLOSED] if not are_eyes_open(photo, face) else []),
    )
    turned = abs(pose.yaw) + abs(pose.pitch) + abs(pose.roll)
    score = min(sharpness, 300) / 300 + min(eyes_px, 300) / 300 - turned / (3 * MOST_DEGREES)
    return Quality(flaws, score, eyes_px, pose.yaw, pose.pitch, pose.roll, sharpness)


def count_near(faces: Sequence[Face]) -> int:
    """Count the faces that are about as near as the largest."""
    least = faces[0].width * LEAST_PART_OF_LARGEST
    return sum(face.width >= least for face in faces)


def eye_distance(face: Face) -> float:
    """Return the distance between the outer corners of the eyes in pixels."""
    return math.dist(face.points[0], face.points[2])


def pose_of(face: Face) -> Pose:
    """Return how far a head is turned."""
    right, _inner, left, _other, nose = face.points
    width = math.dist(right, left) or 1.0
    along = ((right[0] - left[0]) / width, (right[1] - left[1]) / width)
    middle = ((right[0] + left[0]) / 2, (right[1] + left[1]) / 2)
    to_nose = (nose[0] - middle[0], nose[1] - middle[1])
    aside = (to_nose[0] * along[0] + to_nose[1] * along[1]) / width
    down = (to_nose[1] * along[0] - to_nose[0] * along[1]) / width
    # Seen from further up, the point is lower: down = drop · cos(pitch) + depth · sin(pitch).
    reach, zero = math.hypot(_NOSE_DROP, _NOSE_DEPTH), math.atan2(_NOSE_DEPTH, _NOSE_DROP)
    pitch = zero - math.acos(max(-1.0, min(1.0, down / reach)))
    roll = math.atan2(along[1], along[0])
    yaw = math.atan(aside / _NOSE_DEPTH)
    return Pose(math.degrees(yaw), math.degrees(pitch), math.degrees(roll))


def sharpness_of(grey: np.ndarray[Any, Any]) -> float:
    """Return how sharp a face is, whatever its contrast."""
    contrast = float(grey.std())
    if contrast < 1:
        return 0.0
    return float(cv2.Laplacian(grey, cv2.CV_64F).var()) / contrast**2 * 1000


def are_eyes_open(photo: np.ndarray[Any, Any], face: Face) -> bool:
    """Whether both eyes are open."""
    grey = cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)
    reach = eye_distance(face) * _EYE_REACH
    outer_right, inner_right, outer_left, inner_left, _nose = face.points
    pairs = ((outer_right, inner_right), (outer_left, inner_left))
    return all(_has_open_eye(_around(grey, _middle(*pair), reach)) for pair in pairs)


def _has_open_eye(eye: np.ndarray[Any, Any]) -> bool:
    if eye.size == 0:
        return False
    scaled = cv2.resize(eye, (_EYE, _EYE))
    found = (each.detectMultiScale(scaled, 1.05, 3, minSize=(24, 24)) for each in _cascades())
    return any(len(each) for each in found)


@lru_cache(maxsize=1)
def _cascades() -> tuple[Any, ...]:
    folder: str = vars(cv2)["data"].haarcascades  # the stubs of OpenCV leave it out
    return tuple(cv2.CascadeClassifier(folder + name) for name in _CASCADES)


def _middle(one: Point, other: Point) -> Point:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _around(grey: np.ndarray[Any, Any], point: Point, reach: float) -> np.ndarray[Any, Any]:
    left, top = (max(0, int(each - reach)) for each in point)
    right, bottom = (max(0, int(each + reach)) for each in point)
    return grey[top:bottom, left:right]


def _face_in_grey(photo: np.ndarray[Any, Any], face: Face) -> np.ndarray[Any, Any]:
    cut = photo[max(0, face.top) : face.bottom, max(0, face.left) : face.right]
    grey = cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY)
    height = max(1, round(grey.shape[0] * _WIDTH / grey.shape[1]))
    return cv2.resize(grey, (_WIDTH, height), interpolation=cv2.INTER_AREA)


def _is_cut_off(photo: np.ndarray[Any, Any], face: Face) -> bool:
    height, width = photo.shape[:2]
    beyond = (-face.left, -face.top, face.right - width, face.bottom - height)
    return max(beyond) > 0.05 * face.width


def _flaws_of_light(grey: np.ndarray[Any, Any]) -> list[Flaw]:
    if found := _flaws_of_brightness(float(grey.mean())):
        return found
    half = grey.shape[0] // 2
    # Hair and beards are dark, and lie above and below: the sides of each half are compared.
    pairs = (
        (part[:, : _WIDTH // 2], part[:, _WIDTH // 2 :]) for part in (grey[:half], grey[half:])
    )
    shares = [min(a.mean(), b.mean()) / max(a.mean(), b.mean(), 1.0) for a, b in pairs]
    return [Flaw.UNEVEN_LIGHT] if min(shares) < LEAST_EVENNESS else []


def _flaws_of_brightness(mean: float) -> list[Flaw]:
    if mean < DARKEST:
        return [Flaw.TOO_DARK]
    return [Flaw.TOO_BRIGHT] if mean > BRIGHTEST else []
