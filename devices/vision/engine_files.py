"""Which files the engines need, and whether they are there; nothing of an engine is imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path


class MissingEngine(Exception):  # noqa: N818 - the name states the condition
    """An engine's package or one of its files is not there; the text says how to install it."""


@dataclass(frozen=True, slots=True)
class EnginePackage:
    """A package with its files.

    Attributes:
        name: of the package, as it is installed and imported.
        install: what installs it.
        folder: of the files, within the package.
        files: without which it cannot read.
        setting: names the folder of the files, where the package has none.
    """

    name: str
    install: str
    files: tuple[str, ...]
    folder: str = ""
    setting: str = ""

    def version(self) -> str:
        """Return the installed version; empty where it is not installed."""
        try:
            return version(self.name)
        except PackageNotFoundError:
            return ""

    def paths(self, folder: str = "") -> list[Path]:
        """Return the paths of the files, in their order.

        Args:
            folder: the value of the setting, for a package without files.

        Raises:
            MissingEngine: the package or one of the files is missing, or no folder is set.
        """
        places = self._places()
        if not places:
            raise MissingEngine(f"{self.name} is not installed; run {self.install}")
        if self.setting and not folder:
            raise MissingEngine(f"{self.setting} is not set; set it to the folder of the weights")
        root = Path(folder) if self.setting else places[0] / self.folder
        paths = [root / each for each in self.files]
        if missing := [each.name for each in paths if not each.is_file()]:
            raise MissingEngine(f"missing {', '.join(missing)} in {root}; {self._remedy()}")
        return paths

    def problem(self, folder: str = "") -> str:
        """Return why the engine cannot read; empty where all its files are there."""
        try:
            self.paths(folder)
        except MissingEngine as error:
            return str(error)
        return ""

    def _places(self) -> Sequence[Path]:
        spec = find_spec(self.name)
        return [Path(each) for each in (spec.submodule_search_locations if spec else None) or []]

    def _remedy(self) -> str:
        if self.setting:
            return f"copy the weights there, or set {self.setting} to their folder"
        return f"run {self.install}"


RAPIDOCR = EnginePackage(
    name="rapidocr",
    install="pip install 'rapidocr>=3.10,<3.11'",
    folder="models",
    files=("PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"),
)
EASYOCR = EnginePackage(
    name="easyocr",
    install="pip install 'gatehouse[easyocr]'",
    files=("craft_mlt_25k.pth", "zh_sim_g2.pth"),
    setting="GATEHOUSE_EASYOCR_MODELS",
)
#: What the settings may name, as a plate reader.
READERS = {"rapidocr": RAPIDOCR, "easyocr": EASYOCR}
