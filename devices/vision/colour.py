"""Estimate a plate's background colour from a crop."""

import cv2
import numpy as np

#: OpenCV's hue counts two degrees: 0 to 179.
HUES = (("yellow", 10, 34), ("green", 35, 92), ("blue", 93, 130))
#: Of OpenCV's saturation and value, 0 to 255. Between pale and colourful no colour is assigned.
COLOURFUL, PALE = 75, 55
DARK = 80
#: The fading green of a new-energy plate (GA 36-2018, 5.3) is paler than any other colour.
FADING_GREEN = 35


def ground_colour(crop: np.ndarray) -> str:
    """Return blue, yellow, green, white or black; empty when uncertain.

    Args:
        crop: height x width x 3, uint8, blue-green-red: a plate's text with little around it.
    """
    hsv = cv2.cvtColor(crop, cv2.COLOR_BGR2HSV).reshape(-1, 3)
    hue, saturation, value = (int(np.median(channel)) for channel in hsv[_ground(crop)].T)
    name = next((name for name, low, high in HUES if low <= hue <= high), "")
    if value >= DARK and saturation >= (FADING_GREEN if name == "green" else COLOURFUL):
        return name
    if saturation >= PALE and value >= DARK:
        return ""
    return "white" if value >= DARK else "black"


def _ground(crop: np.ndarray) -> np.ndarray:
    """Select the background pixels, flattened: the larger part, as ink covers less than half."""
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    threshold, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    bright: np.ndarray = grey.reshape(-1) > threshold
    return bright if bright.mean() >= 0.5 else ~bright
