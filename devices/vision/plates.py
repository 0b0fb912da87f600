"""The interface of plate readers, and the available engines.

A reader takes the bytes of a photo and returns the candidate plates, best first. A setting names
the engine; no code outside this folder depends on one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Protocol

from devices.vision.box import Box
from devices.vision.region import WHOLE, Region

#: Engine name -> module and factory; a module is imported when its engine is first asked for.
ENGINES = {
    "rapidocr": ("devices.vision.rapidocr_reader", "RapidOcrReader"),
    "easyocr": ("devices.vision.easyocr_reader", "EasyOcrReader"),
}


@dataclass(frozen=True, slots=True)
class PlateCandidate:
    """One plate that may be in the photo.

    Attributes:
        text: normalised (`core.plates.normalise`), and corrected by its format, if it has one.
        raw_text: the recogniser's reading, before any format was applied.
        raw_texts: its readings of all views of the plate, that one first; of several frames those
            of all that show it.
        confidence: how probable it is that `text` is right, 0 to 1.
        box: where the text stands.
        countries: which give out such texts (ISO 3166-1), the likeliest first; empty for none.
        format_name: of the format that fits, empty where none does.
        colour: of the plate's ground: blue, yellow, green, white, black, or empty when unclear.
        is_confirmed: whether a second engine reads the same; None where none is in use, or none
            that knows such plates.
        frame: index of the photo that shows it best, where several were read together.
    """

    text: str
    raw_text: str
    confidence: float
    box: Box
    countries: tuple[str, ...] = ()
    format_name: str = ""
    colour: str = ""
    raw_texts: tuple[str, ...] = ()
    is_confirmed: bool | None = None
    frame: int = 0

    @property
    def accepted_format(self) -> bool:
        """Whether a known country issues such texts."""
        return bool(self.format_name)


class UnreadableImage(ValueError):  # noqa: N818 - the name states the condition
    """The bytes are not a readable photo.

    Attributes:
        field: what was wrong, always `image` here, so that a form can point at it.
        hint: what the sender can do about it.
    """

    def __init__(self, reason: str, hint: str, field: str = "image") -> None:
        super().__init__(f"{field}: {reason}; {hint}")
        self.field = field
        self.reason = reason
        self.hint = hint


class PlateReader(Protocol):
    """An engine that reads plates."""

    def read(
        self, image: bytes, countries: Sequence[str] = (), region: Region = WHOLE
    ) -> list[PlateCandidate]:
        """Return all candidate plates in the photo's region, best first.

        Args:
            image: the photo's bytes.
            countries: whose plates its site expects (ISO 3166-1); empty for those of the reader.
            region: where plates are read, and from which height on. Boxes are in the pixels of the
                whole photo all the same.

        Raises:
            UnreadableImage: the bytes are no image, are cut off, too small or too large.
        """
        ...

    def read_frames(
        self, images: Sequence[bytes], countries: Sequence[str] = (), region: Region = WHOLE
    ) -> list[PlateCandidate]:
        """Return all candidate plates of several frames of one car, best first.

        The same bytes sent twice are one frame, and a frame that cannot be read has no vote.

        Args:
            images: the photos' bytes, at least one, in any order.
            countries: as of `read`.
            region: as of `read`, the same for all.

        Raises:
            UnreadableImage: none of them can be read.
        """
        ...


def best(candidates: Sequence[PlateCandidate]) -> PlateCandidate | None:
    """Return the first candidate, or None."""
    return candidates[0] if candidates else None


@lru_cache(maxsize=4)
def plate_reader(
    name: str = "rapidocr",
    *,
    threads: int = 2,
    countries: tuple[str, ...] = (),
    models: str = "",
    second: str = "",
) -> PlateReader:
    """Return the reader of that name, one per process and set of arguments.

    Args:
        name: a key of `ENGINES`.
        threads: how many cores one reading may use.
        countries: whose plates the site expects (ISO 3166-1), as ("CN", "HK"); empty for any.
        models: the folder of the engine's networks, where its package has none.
        second: the engine of the second opinion (`second_opinion.SECOND_ENGINES`); empty for none.

    Raises:
        LookupError: there is no such engine.
        ValueError: `threads` is below 1, or the formats of a country are not known.
    """
    if name not in ENGINES:
        raise LookupError(f"plate reader {name!r} is not known; one of {', '.join(ENGINES)}")
    module, factory = ENGINES[name]
    engine: Callable[..., PlateReader] = getattr(import_module(module), factory)
    return engine(threads=threads, countries=countries, models=models, second=second)
