"""The default reader: the text detector and recogniser that the `rapidocr` wheel carries.

The two networks (PP-OCRv6 small, Apache-2.0) are run by onnxruntime directly: what each column of a
line shows is needed whole, where rapidocr's own pipeline gives the winning text only.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from devices.vision.alphabet import Alphabet
from devices.vision.engine_files import RAPIDOCR
from devices.vision.onnx import OnnxNetwork
from devices.vision.searching_reader import SearchingReader
from devices.vision.writings import View

VOCABULARY = "character"
STRIDE = 32
COLUMN_WIDTH = 8
BATCH = 6


class RapidOcrReader(SearchingReader):
    """Reads plates with the networks of rapidocr (about 0.3 s to load, and 250 MB)."""

    def _load(self) -> "Networks":
        return Networks(self._threads)


class Networks:
    """The detector and the recogniser: a `search.TextEngine`."""

    def __init__(self, threads: int) -> None:
        """Load both from the installed wheel.

        Raises:
            MissingEngine: the wheel is missing, or carries other networks.
        """
        detector, recogniser = RAPIDOCR.paths()
        self._detector = OnnxNetwork(detector, threads)
        self._recogniser = OnnxNetwork(recogniser, threads)
        self._alphabet = Alphabet(["", *self._recogniser.metadata(VOCABULARY).splitlines(), " "])

    def detect(self, pixels: np.ndarray) -> np.ndarray:
        """See `TextEngine.detect`."""
        height, width = pixels.shape[:2]
        padded = cv2.copyMakeBorder(
            pixels, 0, -height % STRIDE, 0, -width % STRIDE, cv2.BORDER_REPLICATE
        )
        text_map: np.ndarray = self._detector(_normalised(padded)[None])[0, 0]
        return text_map[:height, :width]

    def recognise(self, crops: Sequence[np.ndarray]) -> list[View]:
        """See `TextEngine.recognise`; crops of alike width share a run."""
        by_width = sorted(range(len(crops)), key=lambda i: crops[i].shape[1])
        seen: dict[int, View] = {}
        for start in range(0, len(crops), BATCH):
            batch = by_width[start : start + BATCH]
            columns = self._recogniser(_side_padded([crops[i] for i in batch]))
            seen.update(zip(batch, map(self._view, columns), strict=True))
        return [seen[i] for i in range(len(crops))]

    def _view(self, probabilities: np.ndarray) -> View:
        return View(self._alphabet.project(probabilities), self._alphabet.text(probabilities))


def _normalised(pixels: np.ndarray) -> np.ndarray:
    """Height x width x 3, 0 to 255, as 3 x height x width, -1 to 1."""
    return np.ascontiguousarray((pixels.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1))


def _side_padded(crops: Sequence[np.ndarray]) -> np.ndarray:
    """Crops as one batch: each padded with zeros on the right to the widest."""
    widest = max(crop.shape[1] for crop in crops)
    width = -(-widest // COLUMN_WIDTH) * COLUMN_WIDTH
    batch = np.zeros((len(crops), 3, crops[0].shape[0], width), np.float32)
    for row, pixels in zip(batch, crops, strict=True):
        row[:, :, : pixels.shape[1]] = _normalised(pixels)
    return batch
