"""The default reader: the text detector and recogniser that the `rapidocr` wheel carries.

The two networks (PP-OCRv6 small, Apache-2.0) are run by onnxruntime directly: what each column of a
line shows is needed whole, where rapidocr's own pipeline gives the winning text only.
"""

from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

import cv2
import numpy as np

from devices.vision.alphabet import Alphabet
from devices.vision.formats import FormatBook, book_of
from devices.vision.photo import open_photo
from devices.vision.plates import PlateCandidate
from devices.vision.region import WHOLE, Region
from devices.vision.search import Search
from devices.vision.writings import View

DETECTOR, RECOGNISER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
VOCABULARY = "character"
STRIDE = 32
COLUMN_WIDTH = 8
BATCH = 6


class RapidOcrReader:
    """Reads plates; the networks are loaded once, with the first photo."""

    def __init__(self, *, threads: int = 2, countries: Sequence[str] = ()) -> None:
        """Prepare a reader that uses so many cores and expects plates of these countries.

        Raises:
            ValueError: `threads` is below 1, or the formats of a country are not known.
        """
        if threads < 1:
            raise ValueError(f"threads: {threads} is too few; give 1 or more")
        self._threads = threads
        self._book = FormatBook(countries)
        self._loading = Lock()

    def read(
        self, image: bytes, countries: Sequence[str] = (), region: Region = WHOLE
    ) -> list[PlateCandidate]:
        """See `PlateReader.read`; safe to call from several threads."""
        photo = open_photo(image)
        book = book_of(tuple(countries)) if countries else self._book
        return Search(photo, self.networks(), book, region).candidates()

    def networks(self) -> "Networks":
        """The networks, loaded if they are not yet (about 0.3 s and 300 MB)."""
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> "Networks":
        return Networks(self._threads)


class Networks:
    """The detector and the recogniser: a `search.TextEngine`."""

    def __init__(self, threads: int) -> None:
        """Load both from the installed wheel.

        Raises:
            FileNotFoundError: the wheel is missing, or carries other networks.
        """
        self._detector = _Network(DETECTOR, threads)
        self._recogniser = _Network(RECOGNISER, threads)
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


class _Network:
    """One network of the wheel: an array in, an array out."""

    def __init__(self, name: str, threads: int) -> None:
        import onnxruntime  # a second's import, for the processes that read photos only

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # A thread that waits by spinning takes its core from the broker and the database.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(_model_path(name)), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        output: np.ndarray = self._session.run(None, {self._input: batch})[0]
        return output

    def metadata(self, key: str) -> str:
        return str(self._session.get_modelmeta().custom_metadata_map[key])


def _model_path(name: str) -> Path:
    spec = find_spec("rapidocr")
    folders = (spec.submodule_search_locations if spec else None) or []
    for folder in folders:
        path = Path(folder) / "models" / name
        if path.is_file():
            return path
    raise FileNotFoundError(f"{name} is not installed; install rapidocr 3.10, which carries it")


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
