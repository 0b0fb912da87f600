"""Which engines for faces there are, and whether each can be used; none of them is imported here.

`dlib` is the default. Of the files in `face_recognition_models` it needs two: the network and the
model with five points. The model with 68 points is never opened: the licence of what it was
trained on forbids commercial use.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from devices.vision.engine_files import MissingEngine
from devices.vision.faces.contract import FaceEngine

NETWORK = "dlib_face_recognition_resnet_model_v1.dat"
FIVE_POINTS = "shape_predictor_5_face_landmarks.dat"
_INSTALL = "pip install 'gatehouse[{}]'"
_MODELS = "face_recognition_models"
HOME = "DEEPFACE_HOME"


@dataclass(frozen=True, slots=True)
class EngineKind:
    """An engine for faces.

    Attributes:
        name: what the setting GATEHOUSE_FACE_ENGINE calls it.
        extra: of our own package, which installs it.
        distribution: whose version is shown.
        modules: what must be importable.
        folder: returns where its files are; None where that is not known.
        module, factory: what makes it.
    """

    name: str
    extra: str
    distribution: str
    modules: tuple[str, ...]
    folder: Callable[[], Path | None]
    module: str
    factory: str

    @property
    def install(self) -> str:
        """What installs it."""
        return _INSTALL.format(self.extra)

    def version(self) -> str:
        """Return the installed version; empty where it is not installed."""
        try:
            return version(self.distribution)
        except PackageNotFoundError:
            return ""

    def files(self) -> tuple[Path, Path]:
        """Return the paths of the network and of the model with five points.

        Raises:
            MissingEngine: a package or a file is missing; the text says how to install it.
        """
        for module in self.modules:
            if find_spec(module) is None:
                problem = f"{module} is not installed; run {self.install}"
                raise MissingEngine("not_installed", problem, [module])
        folder = self.folder()
        if folder is None:
            problem = f"{HOME} is not set; set it to the folder above .deepface/weights"
            raise MissingEngine("no_folder", problem)
        paths = (folder / NETWORK, folder / FIVE_POINTS)
        if missing := [each.name for each in paths if not each.is_file()]:
            problem = f"missing {', '.join(missing)} in {folder}; copy them there"
            raise MissingEngine("no_file", problem, missing, str(folder))
        return paths

    def problem(self) -> MissingEngine | None:
        """Return why the engine can't be used; None where it can."""
        try:
            self.files()
        except MissingEngine as error:
            return error
        return None


def _models() -> Path | None:
    """Return the folder of the models, without importing the package: it needs pkg_resources."""
    spec = find_spec(_MODELS)
    places = list(spec.submodule_search_locations or []) if spec else []
    return Path(places[0]) / "models" if places else None


def _deepface_weights() -> Path | None:
    home = os.environ.get(HOME, "")
    return Path(home) / ".deepface" / "weights" if home else None


DLIB = EngineKind(
    "dlib",
    "faces",
    "dlib-bin",
    ("dlib", _MODELS),
    _models,
    "devices.vision.faces.dlib_engine",
    "DlibEngine",
)
DEEPFACE = EngineKind(
    "deepface",
    "deepface",
    "deepface",
    ("deepface", "dlib"),
    _deepface_weights,
    "devices.vision.faces.deepface_engine",
    "DeepfaceEngine",
)
ENGINES = {each.name: each for each in (DLIB, DEEPFACE)}


@lru_cache(maxsize=2)
def load(name: str) -> FaceEngine:
    """Return an engine with its networks loaded; one per process.

    Raises:
        LookupError: there is no such engine.
        MissingEngine: it can't be used.
    """
    if name not in ENGINES:
        raise LookupError(f"face engine {name!r} is not known; one of {', '.join(ENGINES)}")
    kind = ENGINES[name]
    engine: Callable[[Path, Path], FaceEngine] = getattr(import_module(kind.module), kind.factory)
    return engine(*kind.files())
