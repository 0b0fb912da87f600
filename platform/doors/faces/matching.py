"""Compare a face at a door: with one person, or with those who have consented and may pass there.

Never with all people of a site: a gallery holds the consenting people of one door. Above 200 of
them, two are too often alike; such a door needs a terminal with an engine of its own, or a card
first.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from devices.vision.faces.contract import Template
from doors.admission import people_admitted
from doors.faces import sealing
from doors.faces.engine import engine
from doors.faces.key_store import KeyMissing
from doors.faces.sealing import Unreadable
from doors.models import FaceTemplate
from doors.models.faces import PURPOSE
from estate.models import Door
from people.models import Person

MOST_PEOPLE = 200
#: Between the best and the second best of a gallery.
LEAST_MARGIN = 0.05
MOST_DISTANCE = 0.5


class Failure(StrEnum):
    """Why a face was not recognised."""

    FLAW = "flaw"
    GALLERY_TOO_LARGE = "gallery_too_large"
    NOBODY = "nobody"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True)
class Match:
    """The result of a comparison.

    Attributes:
        person: the key of who it is; None if nobody was recognised.
        distance: to the best template; None without any.
        failure: why nobody was; empty for a match.
    """

    person: int | None
    distance: float | None = None
    failure: Failure | None = None


def verify(person: Person, image: bytes) -> Match:
    """Compare a photo with the template of the person whose card or PIN was shown.

    Raises:
        UnreadableImage, EngineUnavailable: see `IsolatedFaces`.
    """
    return _compared(image, _templates({person.pk}))


def identify(door: Door, image: bytes, at: datetime) -> Match:
    """Compare a photo with the consenting people who have a right at a door.

    Raises:
        UnreadableImage, EngineUnavailable: see `IsolatedFaces`.
    """
    gallery = enrolled_at(door, at)
    if len(gallery) > MOST_PEOPLE:
        return Match(None, failure=Failure.GALLERY_TOO_LARGE)
    return _compared(image, _templates(gallery))


def enrolled_at(door: Door, at: datetime) -> set[int]:
    """Return the keys of the people enrolled who have a right at a door."""
    enrolled = FaceTemplate.objects.filter(site=door.site_id).values_list("person_id", flat=True)
    people = set(enrolled)
    return people_admitted(door, at, people) if people else set()


def best_match(template: Template, gallery: Mapping[int, Template]) -> Match:
    """Return who of a gallery it is, if one is near and the others are farther away."""
    ranked = sorted((math.dist(template, each), person) for person, each in gallery.items())
    if not ranked or ranked[0][0] > MOST_DISTANCE:
        distance = ranked[0][0] if ranked else None
        return Match(None, distance, Failure.NOBODY)
    distance, person = ranked[0]
    if len(ranked) > 1 and ranked[1][0] - distance < LEAST_MARGIN:
        return Match(None, distance, Failure.AMBIGUOUS)
    return Match(person, distance)


def _compared(image: bytes, gallery: Mapping[int, Template]) -> Match:
    if not gallery:
        return Match(None, failure=Failure.NOBODY)
    found = engine().analyse(image)
    if found.template is None:
        return Match(None, failure=Failure.FLAW)
    return best_match(found.template, gallery)


def _templates(people: set[int]) -> dict[int, Template]:
    """Decrypt the templates of people; of another format or without a key, none."""
    rows = FaceTemplate.objects.filter(person__in=people).order_by("person_id")
    found: dict[int, Template] = {}
    for row in rows:
        try:
            data = sealing.unseal(
                row.key_id,
                row.sealed,
                person=row.person_id,
                site=row.site_id,
                purpose=PURPOSE,
                version=row.version,
            )
        except (KeyMissing, Unreadable):
            continue
        if row.format == engine().format or not engine().format:
            found[row.person_id] = sealing.unpacked(data)
    return found
