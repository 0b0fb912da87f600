"""Faces by dlib: its detector, its model with five points, and its network."""

import math
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np

from devices.vision.faces import quality
from devices.vision.faces.contract import Face, Landmarks, Quality, Template

#: Faces are looked for on a smaller copy: a face that suffices is still large on it.
DETECTION_SIDE = 800
# By dlib's detector; what it finds below is mostly no face.
_LEAST_SCORE = 0.2


class DlibEngine:
    """The default engine."""

    format = "dlib-1"
    least_eyes_px = quality.LEAST_EYES_PX
    threshold = 0.5

    def __init__(self, network: Path, five_points: Path) -> None:
        """Load the network and the model with five points."""
        self._dlib: Any = import_module("dlib")
        self._detector = self._dlib.get_frontal_face_detector()
        self._points = self._dlib.shape_predictor(str(five_points))
        self._network = self._dlib.face_recognition_model_v1(str(network))

    def detect(self, photo: np.ndarray[Any, Any]) -> list[Face]:
        """See `FaceEngine.detect`."""
        scale = min(1.0, DETECTION_SIDE / max(photo.shape[:2]))
        small = shrunk(photo, scale)
        boxes, scores, _kinds = self._detector.run(_rgb(small), 0, _LEAST_SCORE)
        rgb = _rgb(photo)
        found = [self._face(rgb, box, scale) for box, _score in zip(boxes, scores, strict=True)]
        return sorted(found, key=lambda face: -face.width)

    def quality(self, photo: np.ndarray[Any, Any], faces: Sequence[Face]) -> Quality:
        """See `FaceEngine.quality`."""
        return quality.judge(photo, faces, self.least_eyes_px)

    def embed(self, photo: np.ndarray[Any, Any], face: Face) -> Template:
        """See `FaceEngine.embed`."""
        rgb = _rgb(photo)
        shape = self._shape(rgb, face.left, face.top, face.right, face.bottom)
        return tuple(float(each) for each in self._network.compute_face_descriptor(rgb, shape))

    def compare(self, one: Template, other: Template) -> float:
        """See `FaceEngine.compare`."""
        return math.dist(one, other)

    def _face(self, rgb: np.ndarray[Any, Any], box: Any, scale: float) -> Face:
        sides = (box.left(), box.top(), box.right(), box.bottom())
        left, top, right, bottom = (round(each / scale) for each in sides)
        shape = self._shape(rgb, left, top, right, bottom)
        points = tuple((float(each.x), float(each.y)) for each in shape.parts())
        return Face(left, top, right, bottom, cast(Landmarks, points))

    def _shape(self, rgb: np.ndarray[Any, Any], *sides: int) -> Any:
        return self._points(rgb, self._dlib.rectangle(*sides))


def shrunk(photo: np.ndarray[Any, Any], scale: float) -> np.ndarray[Any, Any]:
    """Return a smaller copy, or the photo itself where it is small enough."""
    if scale >= 1:
        return photo
    return cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _rgb(photo: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.ascontiguousarray(photo[:, :, ::-1])
