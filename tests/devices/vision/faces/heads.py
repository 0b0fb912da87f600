"""Heads whose landmarks are calculated, and drawn photos of them: no real person is needed."""

import math

import cv2
import numpy as np

from devices.vision.faces.contract import Face

#: Millimetres: outer and inner corners of both eyes, and the point below the nose.
_HEAD = ((45, 0, 0), (17, 0, 0), (-45, 0, 0), (-17, 0, 0), (0, 47.7, 27))


def face(yaw=0.0, pitch=0.0, roll=0.0, eyes_px=130.0, centre=(300.0, 300.0)) -> Face:
    """The landmarks of a head turned by degrees, as a camera far away sees them."""
    points = [_seen(point, yaw, pitch, roll) for point in _HEAD]
    scale = eyes_px / 90
    x, y = centre
    placed = tuple((x + scale * a, y + scale * b) for a, b in points)
    half = eyes_px * 0.8
    sides = (x - half, y - half * 0.8, x + half, y + half * 1.2)
    return Face(*(round(each) for each in sides), placed)


def _seen(point, yaw, pitch, roll):
    x, y, z = point
    a, b, c = map(math.radians, (yaw, pitch, roll))
    x, z = x * math.cos(a) + z * math.sin(a), z * math.cos(a) - x * math.sin(a)
    y, z = y * math.cos(b) + z * math.sin(b), z * math.cos(b) - y * math.sin(b)
    return x * math.cos(c) - y * math.sin(c), x * math.sin(c) + y * math.cos(c)


def photo(mean=130, contrast=40, seed=7) -> np.ndarray:
    """A photo of nothing: large soft spots of light, and fine grain, which makes it sharp."""
    dice = np.random.default_rng(seed)
    spots = cv2.GaussianBlur(dice.normal(0, 1, (600, 600)), (61, 61), 0)
    grain = dice.normal(0, 0.5, (600, 600))
    grey = mean + contrast * (spots / spots.std() + grain)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
