"""What an engine makes of photos: one after the other, and the best of several."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from devices.vision.faces.contract import Analysis, Face, FaceEngine
from devices.vision.photo import open_photo

# Of the face's width, on each side: terminals refuse photos that show nothing but the face.
_MARGIN = 0.6
#: What terminals take: JPEG, at most this side.
TERMINAL_SIDE = 640
_JPEG_QUALITY = 90


def analyse(
    engine: FaceEngine, image: bytes, *, with_template: bool = True, with_photo: bool = False
) -> Analysis:
    """Judge a photo, and describe the face where the photo suffices.

    Args:
        with_template: False where only the quality is asked for.
        with_photo: return the face with its surroundings, too.

    Raises:
        UnreadableImage: the bytes are no image.
    """
    pixels = open_photo(image).pixels
    faces = engine.detect(pixels)
    found = engine.quality(pixels, faces)
    if found.flaws or not with_template:
        return Analysis(found)
    template = engine.embed(pixels, faces[0])
    return Analysis(found, template, _cut_out(pixels, faces[0]) if with_photo else b"")


def best_of(engine: FaceEngine, images: Sequence[bytes], *, with_photo: bool) -> Analysis:
    """Return what the engine makes of the best of several frames.

    Where none suffices, it is the judgement about the last one, which the person sees last.

    Raises:
        UnreadableImage: one of the frames is no image.
    """
    frames = [open_photo(each).pixels for each in images]
    judged = []
    for pixels in frames:
        faces = engine.detect(pixels)
        judged.append((engine.quality(pixels, faces), pixels, faces))
    good = [each for each in judged if not each[0].flaws]
    if not good:
        return Analysis(judged[-1][0])
    found, pixels, faces = max(good, key=lambda each: each[0].score)
    template = engine.embed(pixels, faces[0])
    return Analysis(found, template, _cut_out(pixels, faces[0]) if with_photo else b"")


def _cut_out(pixels: np.ndarray[Any, Any], face: Face) -> bytes:
    """Return the face with its surroundings as a JPEG, without metadata."""
    margin = round(face.width * _MARGIN)
    top, left = max(0, face.top - margin), max(0, face.left - margin)
    cut = pixels[top : face.bottom + margin, left : face.right + margin]
    scale = TERMINAL_SIDE / max(cut.shape[:2])
    if scale < 1:
        cut = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    done, jpeg = cv2.imencode(".jpg", cut, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise ValueError("the photo can't be encoded")
    return bytes(jpeg)
