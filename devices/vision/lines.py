"""Lines of text in a photo: located in a detector's map, and cropped level."""

from dataclasses import dataclass, replace
from math import cos, radians, sin

import cv2
import numpy as np

#: Differentiable binarisation (Liao et al., 2020): what counts as text, and as a line of it.
TEXT_PIXEL, TEXT_LINE = 0.3, 0.5
UNCLIP = 1.6
LEAST_MAP_SIDE = 3.0
LEAST_HEIGHT, LEAST_ASPECT, MOST_ASPECT = 7.0, 0.8, 16.0

CROP_HEIGHT = 48
LEAST_CROP_WIDTH = 16
#: A crop that shrinks by more than this is averaged down first, so that thin strokes do not vanish.
MOST_SHRINKING = 0.6


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: a rectangle turned about its centre, in pixels.

    Attributes:
        x, y: of the centre.
        width, height: along and across the writing.
        angle: of the writing, in degrees, clockwise, -45 to 45.
    """

    x: float
    y: float
    width: float
    height: float
    angle: float

    def moved(self, scale: float, x: float = 0.0, y: float = 0.0) -> "Line":
        """The same line in a photo `scale` times as large, then shifted."""
        return replace(
            self,
            x=self.x * scale + x,
            y=self.y * scale + y,
            width=self.width * scale,
            height=self.height * scale,
        )

    def widened_left(self, heights: float) -> "Line":
        """The same line, begun so many of its heights earlier."""
        more, turn = heights * self.height, radians(self.angle)
        return replace(
            self,
            x=self.x - cos(turn) * more / 2,
            y=self.y - sin(turn) * more / 2,
            width=self.width + more,
        )

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the upright rectangle around it."""
        across, down = cos(radians(self.angle)), abs(sin(radians(self.angle)))
        half_width = (self.width * across + self.height * down) / 2
        half_height = (self.width * down + self.height * across) / 2
        return (
            self.x - half_width,
            self.y - half_height,
            self.x + half_width,
            self.y + half_height,
        )

    def covers(self, other: "Line") -> bool:
        """Whether the other line covers the same writing."""
        return (
            abs(self.x - other.x) < max(self.width, other.width) / 2
            and abs(self.y - other.y) < max(self.height, other.height) / 2
        )


def lines_in(text_map: np.ndarray) -> list[Line]:
    """Find the lines in a detector's map (height x width, 0 to 1), in the map's pixels."""
    mask = cv2.dilate((text_map > TEXT_PIXEL).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    lines = (_line(contour) for contour in contours if _strength(text_map, contour) >= TEXT_LINE)
    return [_unclipped(line) for line in lines if min(line.width, line.height) >= LEAST_MAP_SIDE]


def legible(line: Line) -> bool:
    """Whether it is high enough to be read, and about as long as a plate may be."""
    aspect = line.width / line.height
    return line.height >= LEAST_HEIGHT and LEAST_ASPECT <= aspect <= MOST_ASPECT


def crop(pixels: np.ndarray, line: Line, beside: float = 0.0, above: float = 0.0) -> np.ndarray:
    """Crop the line, turned level and scaled to a height of 48 pixels, with a margin.

    Args:
        pixels: height x width x 3.
        line: in the same pixels.
        beside, above: the margin at each side, in heights of the line; negative cuts into it.
    """
    height = line.height * (1 + 2 * above)
    width = line.width + 2 * beside * line.height
    if MOST_SHRINKING * height > CROP_HEIGHT:
        pixels, line, shrunk = _shrunk(pixels, line, CROP_HEIGHT / height * 1.2)
        height, width = height * shrunk, width * shrunk
    size = (max(LEAST_CROP_WIDTH, round(CROP_HEIGHT * width / height)), CROP_HEIGHT)
    return cv2.warpAffine(
        pixels,
        _levelling(line, width, height, size),
        size,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _line(contour: np.ndarray) -> Line:
    (x, y), (width, height), angle = cv2.minAreaRect(contour)
    while angle > 45:
        angle, width, height = angle - 90, height, width
    while angle < -45:
        angle, width, height = angle + 90, height, width
    return Line(x, y, width, height, angle)


def _strength(text_map: np.ndarray, contour: np.ndarray) -> float:
    """Return the detector's mean confidence over the contour."""
    x, y, width, height = cv2.boundingRect(contour)
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [contour - (x, y)], 1)
    return float(cv2.mean(text_map[y : y + height, x : x + width], inside)[0])


def _unclipped(line: Line) -> Line:
    """The detector marks the core of a line; this much around it belongs to it."""
    margin = line.width * line.height * UNCLIP / (line.width + line.height)
    return replace(line, width=line.width + margin, height=line.height + margin)


def _shrunk(pixels: np.ndarray, line: Line, scale: float) -> tuple[np.ndarray, Line, float]:
    """The line's surroundings averaged down, and the line in them."""
    reach = line.width + line.height
    left, top = max(0, int(line.x - reach)), max(0, int(line.y - reach))
    around = pixels[top : int(line.y + reach), left : int(line.x + reach)]
    small = cv2.resize(around, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return small, line.moved(scale, -left * scale, -top * scale), scale


def _levelling(line: Line, width: float, height: float, size: tuple[int, int]) -> np.ndarray:
    """The affine map that takes the turned rectangle to the whole of a crop."""
    turn = radians(line.angle)
    along = np.array([cos(turn), sin(turn)]) * width / 2
    across = np.array([-sin(turn), cos(turn)]) * height / 2
    centre = np.array([line.x, line.y])
    corners = [centre - along - across, centre + along - across, centre - along + across]
    targets = [(0, 0), (size[0], 0), (0, size[1])]
    return cv2.getAffineTransform(np.array(corners, np.float32), np.array(targets, np.float32))
