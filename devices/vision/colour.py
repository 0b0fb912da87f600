"""The colour of a plate's ground, told cheaply from a crop."""

import cv2
import numpy as np

#: OpenCV's hue is half a degree's count: 0 to 179.
HUES = (("yellow", 12, 34), ("green", 35, 92), ("blue", 93, 130))
COLOURFUL, PALE, DARK = 70, 55, 70
SHARE = 0.45


def ground_colour(crop: np.ndarray) -> str:
    """blue, yellow, green, white or black, or empty when none has the larger part of the crop.

    Args:
        crop: height x width x 3, uint8, blue-green-red, the plate's text and little around it.
    """
    hue, saturation, value = cv2.split(cv2.cvtColor(crop, cv2.COLOR_BGR2HSV))
    colourful = (saturation >= COLOURFUL) & (value >= DARK)
    shares = {
        name: float(np.mean(colourful & (hue >= low) & (hue <= high))) for name, low, high in HUES
    }
    shares["white"] = float(np.mean((saturation < PALE) & (value >= _middle(value))))
    shares["black"] = float(np.mean(value < DARK))
    name = max(shares, key=lambda colour: shares[colour])
    return name if shares[name] >= SHARE else ""


def _middle(value: np.ndarray) -> float:
    """Between the darkest and the brightest, so that a white plate at dusk stays white."""
    dark, bright = np.percentile(value, (5, 95))
    return max(DARK, float(dark + bright) / 2)
