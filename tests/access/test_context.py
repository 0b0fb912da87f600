"""The decision context is typed: checks share attributes and parts, never an untyped dictionary."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, get_args, get_type_hints

import pytest

from access.context import DecisionContext
from access.models import Passage
from core import clock
from estate.models import Lane, Lot
from parking.context import StayFacts


@dataclass
class Weight:
    """A part that another app could add to the context."""

    kilograms: int | None = None


@pytest.fixture
def context() -> DecisionContext:
    lane = Lane(lot=Lot())
    now = clock.now()
    return DecisionContext(
        passage=Passage(lane=lane),
        lane=lane,
        lot=lane.lot,
        now=now,
        at=now,
        certain=True,
        late=False,
        records=[],
    )


def test_a_part_is_created_empty_and_shared_by_all_checks(context):
    context.part(Weight).kilograms = 1200
    assert context.part(Weight) == Weight(1200)


def test_parts_of_different_apps_are_independent(context):
    context.part(Weight).kilograms = 1200
    assert context.part(StayFacts) == StayFacts()


@pytest.mark.parametrize("part", [DecisionContext, StayFacts])
def test_no_field_of_the_context_is_untyped(part):
    for field in fields(part):
        named = set(_types_in(get_type_hints(part)[field.name]))
        assert Any not in named, f"{part.__name__}.{field.name} is Any"
        assert field.name == "_parts" or dict not in named, f"{field.name} is a dictionary"


def _types_in(annotation: Any) -> Iterator[Any]:
    yield getattr(annotation, "__origin__", annotation)
    for inner in get_args(annotation):
        yield from _types_in(inner)
