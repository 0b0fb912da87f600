"""Faces by deepface with its ONNX backend: OpenCV's detector and dlib's network.

deepface takes its backend and its folder from the environment, and would download files that are
missing; `engines` checks that they are there.
"""

import math
import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np

from devices.vision.faces import quality
from devices.vision.faces.contract import Face, Landmarks, Quality, Template
from devices.vision.faces.dlib_engine import DETECTION_SIDE, shrunk

_BACKEND = "DEEPFACE_BACKEND_ENGINE"
_MODEL, _DETECTOR = "Dlib", "opencv"
# OpenCV's detector gives faces in the background, and patterns, a low confidence.
_LEAST_CONFIDENCE = 0.9
# Of the face's width: deepface aligns a face by its eyes, and needs what is around it.
_MARGIN = 0.35


class DeepfaceEngine:
    """The engine of the extra `deepface`."""

    format = "deepface-dlib-1"
    least_eyes_px = quality.LEAST_EYES_PX
    threshold = 0.5

    def __init__(self, network: Path, five_points: Path) -> None:
        """Load deepface's model, and dlib's model with five points, by which photos are judged."""
        os.environ[_BACKEND] = "onnx"
        self._deepface: Any = import_module("deepface.DeepFace")
        self._dlib: Any = import_module("dlib")
        self._points = self._dlib.shape_predictor(str(five_points))
        self._deepface.build_model(_MODEL)

    def detect(self, photo: np.ndarray[Any, Any]) -> list[Face]:
        """See `FaceEngine.detect`."""
        scale = min(1.0, DETECTION_SIDE / max(photo.shape[:2]))
        found = self._deepface.extract_faces(
            shrunk(photo, scale),
            detector_backend=_DETECTOR,
            align=False,
            enforce_detection=False,
        )
        rgb = np.ascontiguousarray(photo[:, :, ::-1])
        areas = [each["facial_area"] for each in found if each["confidence"] >= _LEAST_CONFIDENCE]
        faces = [self._face(rgb, area, scale) for area in areas]
        return sorted(faces, key=lambda face: -face.width)

    def quality(self, photo: np.ndarray[Any, Any], faces: Sequence[Face]) -> Quality:
        """See `FaceEngine.quality`."""
        return quality.judge(photo, faces, self.least_eyes_px)

    def embed(self, photo: np.ndarray[Any, Any], face: Face) -> Template:
        """See `FaceEngine.embed`."""
        margin = round(face.width * _MARGIN)
        top, left = max(0, face.top - margin), max(0, face.left - margin)
        cut = photo[top : face.bottom + margin, left : face.right + margin]
        found = self._deepface.represent(
            np.ascontiguousarray(cut),
            model_name=_MODEL,
            detector_backend=_DETECTOR,
            enforce_detection=False,
        )
        widest = max(found, key=lambda each: each["facial_area"]["w"])
        return tuple(float(each) for each in widest["embedding"])

    def compare(self, one: Template, other: Template) -> float:
        """See `FaceEngine.compare`."""
        return math.dist(one, other)

    def _face(self, rgb: np.ndarray[Any, Any], area: dict[str, Any], scale: float) -> Face:
        x, y, width, height = (round(area[each] / scale) for each in ("x", "y", "w", "h"))
        sides = (x, y, x + width, y + height)
        shape = self._points(rgb, self._dlib.rectangle(*sides))
        points = tuple((float(each.x), float(each.y)) for each in shape.parts())
        return Face(*sides, cast(Landmarks, points))
