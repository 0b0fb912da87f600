"""What the readers that search with a text engine share: loading once, and the search."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from threading import Lock

from devices.vision.formats import FormatBook, book_of
from devices.vision.frames import vote
from devices.vision.photo import open_frames, open_photo
from devices.vision.plates import PlateCandidate
from devices.vision.region import WHOLE, Region
from devices.vision.search import Search, TextEngine
from devices.vision.second_opinion import AbsentReader, SecondReader, second_or_absent


class SearchingReader(ABC):
    """Reads plates with one text engine, which is loaded with the first photo."""

    def __init__(
        self,
        *,
        threads: int = 2,
        countries: Sequence[str] = (),
        models: str = "",
        second: str = "",
    ) -> None:
        """Prepare a reader that uses so many cores and expects plates of these countries.

        Args:
            models: the folder of the networks, for an engine whose package has none.
            second: the engine of the second opinion (`second_opinion.SECOND_ENGINES`), or none.
                Photos are read without it where it is missing: see `second_problem`.

        Raises:
            ValueError: `threads` is below 1, or the formats of a country are not known.
        """
        if threads < 1:
            raise ValueError(f"threads: {threads} is too few; give 1 or more")
        self._threads = threads
        self._models = models
        self._second_name = second
        self._book = FormatBook(countries)
        self._loading = Lock()

    def read(
        self, image: bytes, countries: Sequence[str] = (), region: Region = WHOLE
    ) -> list[PlateCandidate]:
        """See `PlateReader.read`; safe to call from several threads."""
        photo = open_photo(image)
        book = book_of(tuple(countries)) if countries else self._book
        return Search(photo, self.engine(), book, region, self._second).candidates()

    def read_frames(
        self, images: Sequence[bytes], countries: Sequence[str] = (), region: Region = WHOLE
    ) -> list[PlateCandidate]:
        """See `PlateReader.read_frames`."""
        book = book_of(tuple(countries)) if countries else self._book
        photos = open_frames(images)
        searches = [
            Search(each, self.engine(), book, region, self._second) for each in photos.values()
        ]
        order = list(photos)
        return [replace(each, frame=order[each.frame]) for each in vote(searches, book)]

    def load(self) -> None:
        """Load the engines, so that the first photo does not wait for them."""
        self.engine()
        _ = self._second

    @property
    def second_problem(self) -> str:
        """Why there is no second opinion although one is asked for; empty otherwise."""
        return self._second.problem if isinstance(self._second, AbsentReader) else ""

    def engine(self) -> TextEngine:
        """Return the text engine, loaded if it is not yet."""
        with self._loading:
            return self._loaded

    @cached_property
    def _second(self) -> SecondReader | None:
        if not self._second_name:
            return None
        return second_or_absent(self._second_name, threads=self._threads)

    @cached_property
    def _loaded(self) -> TextEngine:
        return self._load()

    @abstractmethod
    def _load(self) -> TextEngine:
        """Load the text engine of the reader."""
