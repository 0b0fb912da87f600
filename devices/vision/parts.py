"""Rectangular parts of a photo, scaled or with more contrast, for the search for plates."""

import cv2
import numpy as np

from devices.vision.lines import Line

#: Left, top, right and bottom in whole pixels of a photo.
Part = tuple[int, int, int, int]


def resized(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The pixels at another width and height."""
    shrinks = size[0] < pixels.shape[1]
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def evened_out(pixels: np.ndarray) -> np.ndarray:
    """The same photo with its contrast evened out, so that a plate in the dark shows."""
    lightness, *colour = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_BGR2LAB))
    evened = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(lightness)
    return cv2.cvtColor(cv2.merge([evened, *colour]), cv2.COLOR_LAB2BGR)


def surroundings(line: Line, beside: float, above: float, shape: tuple[int, ...]) -> Part:
    """Left, top, right and bottom of the part of a photo around a line."""
    left, top, right, bottom = line.bounds()
    wide = left - beside, top - above, right + beside, bottom + above
    left, top, right, bottom = within(wide, shape[1], shape[0])
    return int(left), int(top), int(right), int(bottom)


def within(
    bounds: tuple[float, float, float, float], width: int, height: int
) -> tuple[float, float, float, float]:
    """The part of a rectangle that is in a photo of a width and height."""
    left, top, right, bottom = bounds
    return max(0.0, left), max(0.0, top), min(right, width), min(bottom, height)
