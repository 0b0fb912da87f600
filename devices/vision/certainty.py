"""Which reading of a photo may open a barrier without a person.

A confident reading is not enough: a roof sign, a firm's telephone number or the plate of the car
behind may be read perfectly. Each rule names its doubt, so that a guard sees why a car waits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from core.plates import PROVINCES, normalise
from devices.vision.formats import DIGITS, PlateFormat, book_of
from devices.vision.issued import districts_of, is_issued
from devices.vision.plates import PlateCandidate

#: From here on a reading may be certain, where nothing casts doubt on it.
CERTAIN = 0.95
#: In a queue the car behind is seen as well: its plate has less of the height of the nearer one.
BEHIND = 0.7
#: A plate that has less of the usual height at its camera is most likely that of the car behind.
AT_BARRIER = 0.6
#: From here on a reading that is not certain shows that there is a plate.
A_PLATE = 0.5
#: The reading of a line may have so many letters more than its plate: an emblem, a country's code.
MOST_BEYOND = 1
#: Plates of fewer pixels' height have letters of some six pixels, which are taken for each other.
LEAST_PIXELS = 20
_NEW_ENERGY = "new energy"


class Doubt(StrEnum):
    """Why a reading is not certain, whatever its confidence."""

    NO_COUNTRY = "no_country"
    NO_FORMAT = "no_format"
    NOT_ISSUED = "not_issued"
    NO_DIGIT = "no_digit"
    DIGITS_ONLY = "digits_only"
    LONGER = "longer"
    NO_GAP = "no_gap"
    PROVINCE = "province"
    COLOUR = "colour"
    TWO_PLATES = "two_plates"
    BEHIND = "behind"
    SECOND_OPINION = "second_opinion"
    SMALL = "small"


#: These say that much other writing looks like the text: not where the recogniser read just the
#: text of a plate that is registered here.
WAIVED = frozenset(
    {
        Doubt.NO_FORMAT,
        Doubt.NOT_ISSUED,
        Doubt.NO_DIGIT,
        Doubt.DIGITS_ONLY,
        Doubt.LONGER,
        Doubt.NO_GAP,
        Doubt.SMALL,
    }
)
#: What is read without doubt, or otherwise by a second engine, is a car's plate all the same.
_A_CAR = (None, Doubt.SECOND_OPINION)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The reading of a photo, and what casts doubt on it.

    Attributes:
        candidate: the reading; None where no plate was found.
        doubt: why it is not certain; None leaves it to its confidence.
    """

    candidate: PlateCandidate | None
    doubt: Doubt | None = None

    @property
    def height(self) -> float:
        """Of the plate in the picture, in pixels; 0 where there is none."""
        return self.candidate.box.height if self.candidate else 0.0

    def is_certain(self, limit: float = CERTAIN) -> bool:
        """Return whether the reading may open a barrier without a person."""
        return (
            self.candidate is not None and self.doubt is None and self.candidate.confidence >= limit
        )


def judge(
    candidates: Sequence[PlateCandidate],
    countries: Sequence[str],
    limit: float = CERTAIN,
    known_limit: float = CERTAIN,
    usual_height: float | None = None,
) -> Verdict:
    """Choose the reading of a photo and say what casts doubt on it.

    The largest plate is that of the car at the barrier, be it certain or not: the car behind does
    not open for a car whose plate is muddy. Where a certain one is nearly as large, a person
    decides. A plate on file is certain from a lower limit on, and the reader knows no files: every
    plate counts from that limit on.

    Args:
        candidates: of one photo, or of the frames of one car, best first.
        countries: whose plates the site expects (ISO 3166-1).
        limit: from which confidence on a reading is certain, 0 to 1.
        known_limit: from which on that of a plate on file is.
        usual_height: of plates at this camera, in pixels; None where it is not known.
    """
    if not candidates:
        return Verdict(None)
    verdict = _of_the_nearest(candidates, countries, min(limit, known_limit))
    is_behind = usual_height is not None and verdict.height < AT_BARRIER * usual_height
    # A registered plate dispels other doubts: it may be that of the car behind, too.
    if is_behind and (verdict.doubt is None or verdict.doubt in WAIVED):
        return Verdict(verdict.candidate, Doubt.BEHIND)
    return verdict


def _of_the_nearest(
    candidates: Sequence[PlateCandidate], countries: Sequence[str], limit: float
) -> Verdict:
    doubts = [(each, doubt_of(each, countries)) for each in candidates]
    plates = [each for each, doubt in doubts if doubt in _A_CAR and each.confidence >= A_PLATE]
    if not any(doubt is None and each.confidence >= limit for each, doubt in doubts):
        return Verdict(*doubts[0])
    nearest = max(plates, key=lambda each: each.box.height)
    others = [each for each in plates if each.text != nearest.text and each.confidence >= limit]
    is_alone = all(_is_behind(each, nearest) for each in others)
    own = doubt_of(nearest, countries)
    return Verdict(nearest, own if is_alone else own or Doubt.TWO_PLATES)


def doubt_of(candidate: PlateCandidate, countries: Sequence[str]) -> Doubt | None:
    """Return what casts doubt on a reading by itself, if anything does.

    Args:
        countries: whose plates the site expects; without one no reading is certain.
    """
    if not countries:
        return Doubt.NO_COUNTRY
    formats = book_of(tuple(countries)).fitting(candidate.text)
    if not formats:
        return Doubt.NO_FORMAT
    return next((doubt for doubt, holds in _RULES if holds(candidate, formats)), None)


def _is_behind(other: PlateCandidate, nearest: PlateCandidate) -> bool:
    """Return whether a plate is so much smaller that its car is behind."""
    return other.box.height < BEHIND * nearest.box.height


def _is_not_issued(candidate: PlateCandidate, formats: Sequence[PlateFormat]) -> bool:
    countries = chain.from_iterable(each.countries for each in formats)
    return not any(is_issued(candidate.text, country) for country in countries)


def _has_no_digit(candidate: PlateCandidate, _formats: Sequence[PlateFormat]) -> bool:
    """Where no digit was read, the format made digits of letters: `TAXI` becomes `TAX1`."""
    return not all(any(sign in DIGITS for sign in raw) for raw in _raw(candidate))


def _is_digits_only(candidate: PlateCandidate, _formats: Sequence[PlateFormat]) -> bool:
    return any(raw.isdecimal() for raw in (candidate.text, *_raw(candidate)))


def _is_longer(candidate: PlateCandidate, _formats: Sequence[PlateFormat]) -> bool:
    """Where most of a longer line was left out, it may be a telephone number."""
    return any(len(raw) > len(candidate.text) + MOST_BEYOND for raw in _raw(candidate))


def _has_no_gap(candidate: PlateCandidate, formats: Sequence[PlateFormat]) -> bool:
    """On a German plate two seals keep the district from the letters, in a word nothing does.

    Nearly every short word with a number begins with one of the 700 districts: GATE2, BMW320.
    """
    countries = {country for each in formats for country in each.countries}
    if {each for each in countries if is_issued(candidate.text, each)} != {"DE"}:
        return False
    gaps = {gap for raw in candidate.raw_texts or (candidate.raw_text,) for gap in _gaps(raw)}
    ends = (len(candidate.text) - len(each) for each in districts_of(candidate.text))
    return not any(end in gaps for end in ends)


def _gaps(raw: str) -> set[int]:
    """Return how many letters and digits follow each blank or other sign of a reading."""
    return {len(normalise(raw[n:])) for n, sign in enumerate(raw) if not sign.isalnum()}


def _is_of_no_read_province(candidate: PlateCandidate, _formats: Sequence[PlateFormat]) -> bool:
    """The format asks for a province, and the likeliest was taken where none was read."""
    provinces = [sign for sign in candidate.text if sign in PROVINCES]
    return any(not any(sign in raw for raw in _raw(candidate)) for sign in provinces)


def _contradicts_colour(candidate: PlateCandidate, formats: Sequence[PlateFormat]) -> bool:
    """Green is for new energy, which has 8 characters (GA 36-2018); other colours decide nothing.

    A camera's infra-red picture has no colours, and that of a large new-energy car fades to yellow.
    """
    if not any("CN" in each.countries for each in formats):
        return False
    is_new_energy = any(each.name == _NEW_ENERGY for each in formats)
    return candidate.colour == ("blue" if is_new_energy else "green")


def _is_not_confirmed(candidate: PlateCandidate, _formats: Sequence[PlateFormat]) -> bool:
    """A second engine that knows such plates reads another text, or none."""
    return candidate.is_confirmed is False


def _is_small(candidate: PlateCandidate, _formats: Sequence[PlateFormat]) -> bool:
    return candidate.box.height < LEAST_PIXELS


def _raw(candidate: PlateCandidate) -> list[str]:
    """Return what the recogniser read, view by view, without views that show nothing."""
    found = (normalise(raw) for raw in candidate.raw_texts or (candidate.raw_text,))
    return [raw for raw in found if raw] or [""]


_Rule = Callable[[PlateCandidate, Sequence[PlateFormat]], bool]
_RULES: tuple[tuple[Doubt, _Rule], ...] = (
    (Doubt.NOT_ISSUED, _is_not_issued),
    (Doubt.NO_DIGIT, _has_no_digit),
    (Doubt.DIGITS_ONLY, _is_digits_only),
    (Doubt.LONGER, _is_longer),
    (Doubt.NO_GAP, _has_no_gap),
    (Doubt.PROVINCE, _is_of_no_read_province),
    (Doubt.COLOUR, _contradicts_colour),
    (Doubt.SECOND_OPINION, _is_not_confirmed),
    (Doubt.SMALL, _is_small),  # last: a plate on file dispels it, and none of the ones before
)
