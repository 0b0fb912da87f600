"""The reader of the extra `gatehouse[easyocr]`: CRAFT and the Chinese recogniser of easyocr.

easyocr loads its networks from a folder that the operator fills, and downloads nothing. They run
behind the same search, formats and rules of certainty as the default reader's.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import cv2
import numpy as np

from devices.vision.alphabet import Alphabet
from devices.vision.engine_files import EASYOCR, MissingEngine
from devices.vision.searching_reader import SearchingReader
from devices.vision.writings import View

#: Both are read by one recogniser (zh_sim_g2), with the provinces and the Latin letters.
LANGUAGES = ("ch_sim", "en")
#: CRAFT halves a picture several times; its maps have half of the picture's height and width.
STRIDE = 32
#: Mean and deviation of ImageNet, red-green-blue, by which CRAFT's input is normalised.
MEAN = np.array([0.485, 0.456, 0.406], np.float32) * 255
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32) * 255
#: Of the recogniser's input, in pixels; it was trained on crops padded to no less than the width.
HEIGHT, NARROWEST = 64, 128
#: torch forgets an operator when the library that defined it is collected.
_libraries: list[Any] = []


class EasyOcrReader(SearchingReader):
    """Reads plates with the networks of easyocr."""

    def _load(self) -> "Networks":
        return Networks(self._threads, self._models)


class Networks:
    """CRAFT and the recogniser: a `search.TextEngine`."""

    def __init__(self, threads: int, models: str) -> None:
        """Load both from a folder.

        Raises:
            MissingEngine: the extra is not installed, or the folder lacks a network.
        """
        folder = str(EASYOCR.paths(models)[0].parent)
        self._torch = import_module("torch")
        self._torch.set_num_threads(threads)
        reader = _loaded_by_easyocr(folder)
        self._detector, self._recogniser = reader.detector.eval(), reader.recognizer.eval()
        self._alphabet = Alphabet(["", *reader.character])

    def detect(self, pixels: np.ndarray) -> np.ndarray:
        """See `TextEngine.detect`: the map of letters and that of the gaps between them in one."""
        height, width = pixels.shape[:2]
        padded = cv2.copyMakeBorder(
            pixels, 0, -height % STRIDE, 0, -width % STRIDE, cv2.BORDER_REPLICATE
        )
        normalised = (padded[:, :, ::-1].astype(np.float32) - MEAN) / DEVIATION
        maps = self._run(self._detector, normalised.transpose(2, 0, 1)[None])[0]
        text_map = np.clip(maps.max(axis=2), 0, 1)
        return cv2.resize(text_map, padded.shape[1::-1])[:height, :width]

    def recognise(self, crops: Sequence[np.ndarray]) -> list[View]:
        """See `TextEngine.recognise`."""
        return [self._view(each) for each in crops]

    def _view(self, pixels: np.ndarray) -> View:
        scores = self._run(self._recogniser, _padded_grey(pixels)[None, None], None)[0]
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities = shares / shares.sum(axis=1, keepdims=True)
        return View(self._alphabet.project(probabilities), self._alphabet.text(probabilities))

    def _run(self, network: Any, batch: np.ndarray, *more: None) -> np.ndarray:
        with self._torch.inference_mode():
            found = network(self._torch.from_numpy(np.ascontiguousarray(batch)), *more)
        first = found[0] if isinstance(found, tuple) else found
        return np.asarray(first.numpy())


def _padded_grey(pixels: np.ndarray) -> np.ndarray:
    """A crop as grey values of -1 to 1, scaled, its last column repeated to the least width."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    width = max(1, round(HEIGHT * grey.shape[1] / grey.shape[0]))
    scaled = cv2.resize(grey, (width, HEIGHT), interpolation=cv2.INTER_CUBIC)
    missing = max(0, NARROWEST - width)
    padded = cv2.copyMakeBorder(scaled, 0, 0, 0, missing, cv2.BORDER_REPLICATE)
    return padded.astype(np.float32) / 127.5 - 1


def _loaded_by_easyocr(folder: str) -> Any:
    """Return easyocr's own reader, with both networks loaded and checked.

    Raises:
        MissingEngine: the networks in the folder are not those of this release.
    """
    import_torchvision()
    easyocr = import_module("easyocr")
    path = list(sys.path)
    try:
        return easyocr.Reader(
            list(LANGUAGES),
            gpu=False,
            model_storage_directory=folder,
            user_network_directory=folder,
            download_enabled=False,
            verbose=False,
            quantize=False,
        )
    except FileNotFoundError as error:
        problem = f"{error}; copy the weights of easyocr {EASYOCR.version()} there"
        raise MissingEngine("other_file", problem, folder=folder) from error
    finally:
        # easyocr appends the folder, from which Python would import whatever lies in it.
        sys.path[:] = path


def import_torchvision() -> None:
    """Import torchvision, of which easyocr's detector needs the plan of a network only.

    A build for another torch fails at import, since its compiled operators cannot be loaded. Their
    schemas suffice: none of them is run.
    """
    try:
        import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        library = import_module("torch").library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _libraries.append(library)
        import_module("torchvision")
