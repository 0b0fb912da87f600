"""Find stays and passages by a plate, by one that looks like it, or by a part of it."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from access.models import Passage
from core.models import Site
from core.plates import GLYPH_COST, fold, lookalike_cost, missing_characters
from parking import selectors
from parking.models import PLATE_GRAMS, Stay

Row = TypeVar("Row", bound=Model)
# Beyond this cost a text is another plate, not a misread one (core.plates.lookalike_cost).
CANDIDATE_COST = 1.0
CANDIDATES = 5
# A part of a plate ranks behind each misread plate, the most complete one first.
_MISSING_CHARACTER_COST = 0.1
# A stranger must know so many characters before a car is offered, and is offered so few.
PORTAL_PART = 5
PORTAL_CANDIDATES = 3


def of_plate(site: Site, rows: QuerySet[Row], text: str) -> QuerySet[Row]:
    """Filter rows of the site by plates that contain the text, or look-alike characters of it.

    Args:
        site: the rows' site.
        rows: stays or passages; any rows with the folded plate in ``folded``.
        text: a plate or a part of one; without a letter or digit it matches none.
    """
    part = fold(text)
    if not part:
        return rows.none()
    grams = _grams(site, part)
    # Passages have plates for a month, stays for ever.
    if rows.model is Stay and grams:
        # An alias changes no row, only the stub's type of the queryset.
        rows = rows.alias(grams=PLATE_GRAMS).filter(  # type: ignore[assignment]
            grams__contains=grams
        )
    return rows.filter(folded__contains=part).exclude(folded="")


def find_inside(site: Site, text: str) -> list[Stay]:
    """Return the stays inside with that plate, or, without one, those that look alike."""
    folded = fold(text)
    if not folded:
        return []
    found = list(selectors.stays_inside(site).filter(folded=folded)[:CANDIDATES])
    return [stay for stay in found if stay.plate == text] or found


def find_partly_inside(site: Site, text: str) -> list[Stay]:
    """Return the stays inside whose plate contains a text of 5 or more characters.

    A plate that differs from the text by one character more or less is found, too.

    Returns:
        None of them where more than 3 match: too many cars have such a plate.
    """
    part = fold(text)
    if len(part) < PORTAL_PART:
        return []
    inside = selectors.stays_inside(site)
    alike = Q(folded__contains=part) | _one_character_off(part)
    found = list(inside.filter(alike)[: PORTAL_CANDIDATES + 1])
    return found if len(found) <= PORTAL_CANDIDATES else []


def candidates(passage: Passage) -> list[Stay]:
    """Return the open stays that an unmatched exit may belong to, the most similar first.

    Of two plates that are equally similar, the one of the same colour comes first.
    """
    inside = Stay.objects.filter(lot=passage.lane.lot_id, status=Stay.Status.OPEN)
    costs = dict(_costs(passage, inside.values_list("pk", "plate", "folded")))
    likely = Stay.objects.filter(pk__in=costs).select_related("entry_passage")
    ranked = sorted(likely, key=lambda s: (costs[s.pk], _other_colour(passage, s), s.pk))
    return ranked[:CANDIDATES]


def _grams(site: Site, part: str) -> list[str]:
    """Return the pairs of a folded text as the indexes of plates have them."""
    return [f"{site.pk}:{one}{other}" for one, other in pairwise(part)]


def _one_character_off(folded: str) -> Q:
    """Match the plates that have one character more than a text, or one less."""
    places = range(len(folded) + 1)
    longer = "|".join(f"{folded[:n]}.{folded[n:]}" for n in places)
    shorter = {folded[:n] + folded[n + 1 :] for n in places[:-1]}
    return Q(folded__regex=f"^({longer})$") | Q(folded__in=shorter)


def _costs(passage: Passage, inside: Iterable[tuple[int, str, str]]) -> Iterable[tuple[int, float]]:
    """Yield the key and the cost of each stay whose plate is alike, or has the other as a part."""
    for pk, plate, folded in inside:
        if _may_be_alike(passage.folded, folded):
            cost = lookalike_cost(passage.plate, plate)
            if cost <= CANDIDATE_COST:
                yield pk, cost
                continue
        if folded in passage.folded or passage.folded in folded:
            missing = missing_characters(passage.folded, folded)
            if missing is not None:
                yield pk, CANDIDATE_COST + missing * _MISSING_CHARACTER_COST


def _may_be_alike(one: str, other: str) -> bool:
    """Whether two folded plates share enough characters: a cheap filter before the cost."""
    shared = (Counter(one) & Counter(other)).total()
    return max(len(one), len(other)) - shared <= CANDIDATE_COST / GLYPH_COST


def _other_colour(passage: Passage, stay: Stay) -> bool:
    entered = stay.entry_passage.colour if stay.entry_passage else ""
    return bool(passage.colour and entered and passage.colour != entered)
