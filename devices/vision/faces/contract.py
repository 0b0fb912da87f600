"""The interface of engines for faces, and what they return."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

Point = tuple[float, float]
Landmarks = tuple[Point, Point, Point, Point, Point]
#: The numbers by which an engine describes a face; those of two engines can't be compared.
Template = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Face:
    """A face on a photo.

    Attributes:
        left, top, right, bottom: its box in pixels, which may reach beyond the photo.
        points: outer and inner corner of the eye on the photo's right, outer and inner corner of
            the one on its left, and the point below the nose.
    """

    left: int
    top: int
    right: int
    bottom: int
    points: Landmarks

    @property
    def width(self) -> int:
        return self.right - self.left


class Flaw(StrEnum):
    """Why a photo does not suffice for a template."""

    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    CUT_OFF = "cut_off"
    TOO_SMALL = "too_small"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    UNEVEN_LIGHT = "uneven_light"
    BLURRED = "blurred"
    TURNED = "turned"
    TILTED = "tilted"
    EYES_CLOSED = "eyes_closed"


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a photo shows one face.

    Attributes:
        flaws: what is wrong with it, the most important first; empty if nothing is.
        score: higher is better; of several photos without a flaw, the highest is kept.
        eyes_px: between the outer corners of the eyes.
        yaw, pitch, roll: how far the head is turned, in degrees.
        sharpness: the variance of the edges over that of the brightness.
    """

    flaws: tuple[Flaw, ...]
    score: float = 0.0
    eyes_px: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    sharpness: float = 0.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """What an engine makes of one photo.

    Attributes:
        template: of the only face; None where the photo has a flaw.
        face_jpeg: the face with its surroundings, as terminals take it; empty unless asked for.
    """

    quality: Quality
    template: Template | None = None
    face_jpeg: bytes = b""


class FaceEngine(Protocol):
    """An engine that finds, describes and compares faces. Photos are arrays of OpenCV (BGR)."""

    #: The template format; it changes where older templates can't be compared any more.
    format: str
    #: Between the outer corners of the eyes.
    least_eyes_px: float
    #: Two photos of one person are at most so far apart.
    threshold: float

    def detect(self, photo: "np.ndarray[Any, Any]") -> list[Face]:
        """Return all faces on a photo, the largest first."""
        ...

    def quality(self, photo: "np.ndarray[Any, Any]", faces: Sequence[Face]) -> Quality:
        """Judge whether the photo suffices for a template."""
        ...

    def embed(self, photo: "np.ndarray[Any, Any]", face: Face) -> Template:
        """Return the template of a face."""
        ...

    def compare(self, one: Template, other: Template) -> float:
        """Return how far two templates are apart; 0 for the same photo."""
        ...
