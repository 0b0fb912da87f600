"""The second opinion: another engine reads each plate that the reader has found.

Two recognisers that were trained on different photos seldom make the same mistake. Where a second
one is in use, a reading is certain only if both agree (`certainty.Doubt.SECOND_OPINION`). Where
they differ, the plate is spelled by both, and a person decides. So does one where the engine that
the operator asks for is missing or broken: no plate that it would read is certain.
"""

import logging
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import NamedTuple, Protocol

import numpy as np

from devices.vision.alphabet import SIGNS
from devices.vision.engine_files import MissingEngine
from devices.vision.formats import COUNTRIES, FormatBook
from devices.vision.spelling import Spelling, spell
from devices.vision.writings import View

logger = logging.getLogger(__name__)

#: Engine name -> module and factory; a module is imported when its engine is first asked for.
SECOND_ENGINES = {"agentclpr": ("devices.vision.agentclpr_reader", "AgentClprReader")}
#: Its view counts for so many of the reader's, which err together.
WEIGHT = 2


class SecondReader(Protocol):
    """An engine that reads plates whose place is known.

    Attributes:
        countries: whose plates it reads (ISO 3166-1); of others it has no opinion.
        signs: that it knows; of a plate with another sign it has no opinion either.
        margin: that its crops have beside and above the text, in heights of the line.
    """

    countries: frozenset[str]
    signs: frozenset[str]
    margin: tuple[float, float]

    def load(self) -> None:
        """Load what is slow to load, so that the first photo does not wait for it."""
        ...

    def recognise(self, crops: Sequence[np.ndarray]) -> list[View]:
        """Return what each crop shows: height x width x 3, uint8, blue-green-red."""
        ...


class AbsentReader:
    """Stands in for a second engine that is missing or broken: it confirms no plate of its kind."""

    signs = frozenset(SIGNS)
    margin = (0.0, 0.0)

    def __init__(self, problem: str, countries: frozenset[str]) -> None:
        """Stand in for an engine that reads the plates of these countries."""
        self.problem, self.countries = problem, countries

    def load(self) -> None:
        """There is nothing to load."""

    def recognise(self, crops: Sequence[np.ndarray]) -> list[View]:
        """Read nothing.

        Raises:
            MissingEngine: always.
        """
        del crops
        raise MissingEngine("absent", self.problem)


class Opinion(NamedTuple):
    """The spelling of a plate after a second engine has read it, and whether it agreed."""

    spelling: Spelling
    agrees: bool


@lru_cache(maxsize=2)
def second_reader(name: str, *, threads: int = 2) -> SecondReader:
    """Return the engine of that name, one per process.

    Raises:
        LookupError: there is no such engine.
        MissingEngine: it is not installed, or lacks a file.
    """
    if name not in SECOND_ENGINES:
        known = ", ".join(SECOND_ENGINES)
        raise LookupError(f"second plate reader {name!r} is not known; one of {known}, or none")
    module, factory = SECOND_ENGINES[name]
    engine: Callable[..., SecondReader] = getattr(import_module(module), factory)
    return engine(threads=threads)


def second_or_absent(name: str, *, threads: int = 2) -> SecondReader:
    """Return the engine of that name, loaded, or what stands in for it where it can't be.

    Where there is no such engine, nobody knows whose plates it was to read: none is certain then.
    """
    try:
        second = second_reader(name, threads=threads)
        second.load()
    except Exception as error:  # whatever it lacks, photos are read without it
        problem = str(error) or type(error).__name__
        logger.warning("no second opinion: %s", problem)
        return AbsentReader(problem, _countries_of(name))
    return second


def _countries_of(name: str) -> frozenset[str]:
    if name not in SECOND_ENGINES:
        return frozenset(COUNTRIES)
    module, factory = SECOND_ENGINES[name]
    countries: frozenset[str] = getattr(import_module(module), factory).countries
    return countries


def can_judge(second: SecondReader, spelling: Spelling, book: FormatBook) -> bool:
    """Return whether the engine knows such plates.

    Where all plates that the site expects are of its countries, it may also complete a text that
    has no format because a sign was left out.
    """
    if spelling.plate_format is None:
        return bool(book.countries) and book.countries <= second.countries
    countries = set(spelling.plate_format.countries)
    return bool(countries & second.countries) and set(spelling.text) <= second.signs


def compare(
    second: SecondReader, spelling: Spelling, views: Sequence[View], seen: View, book: FormatBook
) -> Opinion:
    """Compare a spelling with what the second engine sees; where they differ, spell by both.

    Args:
        spelling: by the reader's own views.
        views: the reader's own.
        seen: the second engine's.
    """
    alone = spell([seen.columns], book)
    if alone and alone[0].text == spelling.text:
        return Opinion(spelling, agrees=True)
    by_both = spell([*(each.columns for each in views), *[seen.columns] * WEIGHT], book)
    plate_format = by_both[0].plate_format if by_both else None
    is_its_plate = plate_format and second.countries & set(plate_format.countries)
    return Opinion(by_both[0] if is_its_plate else spelling, agrees=False)
