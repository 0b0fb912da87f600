"""Comparing faces at a door: with one person, or with the consenting people of that door."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from doors.faces import key_store, matching
from doors.faces.matching import Failure, Match, best_match
from doors.models import FaceTemplate
from tests.doors.entrance import Entrance
from tests.doors.faces import enrolled, frame, template_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colours")]


@pytest.fixture
def entrance():
    return Entrance.build()


def test_who_has_consented_and_has_a_right_is_recognised(entrance):
    near, far = enrolled(entrance.resident(), 10), enrolled(entrance.resident(), 90)
    found = matching.identify(entrance.door, frame(12), clock.now())
    assert (found.person, found.failure) == (near.pk, None)
    assert matching.identify(entrance.door, frame(88), clock.now()).person == far.pk


def test_two_people_who_look_alike_are_not_told_apart(entrance):
    enrolled(entrance.resident(), 10), enrolled(entrance.resident(), 12)
    found = matching.identify(entrance.door, frame(11), clock.now())
    assert (found.person, found.failure) == (None, Failure.AMBIGUOUS)


def test_a_stranger_and_a_photo_with_a_flaw_are_nobody(entrance):
    enrolled(entrance.resident(), 10)
    assert matching.identify(entrance.door, frame(60), clock.now()).failure == Failure.NOBODY
    assert matching.identify(entrance.door, frame(10, 2), clock.now()).failure == Failure.FLAW


def test_who_has_no_right_at_the_door_is_in_no_gallery_of_it(entrance):
    other = Entrance.build(site=entrance.site)
    enrolled(other.resident(), 10)
    enrolled(entrance.resident(), 90)
    assert matching.identify(entrance.door, frame(10), clock.now()).failure == Failure.NOBODY


def test_a_gallery_that_is_too_large_is_not_searched(entrance, monkeypatch, colours):
    enrolled(entrance.resident(), 10), enrolled(entrance.resident(), 90)
    monkeypatch.setattr(matching, "MOST_PEOPLE", 1)
    colours.seen.clear()
    found = matching.identify(entrance.door, frame(10), clock.now())
    assert found == Match(None, failure=Failure.GALLERY_TOO_LARGE)
    assert colours.seen == []


def test_with_a_card_the_face_is_compared_with_its_holder_s_only(entrance):
    holder, _other = enrolled(entrance.resident(), 10), enrolled(entrance.resident(), 11)
    assert matching.verify(holder, frame(10)).person == holder.pk
    assert matching.verify(holder, frame(60)).person is None


def test_templates_without_a_key_or_of_another_engine_are_left_out(entrance):
    lost, changed = enrolled(entrance.resident(), 10), enrolled(entrance.resident(), 90)
    key_store.destroy(FaceTemplate.objects.get(person=lost).key_id)
    FaceTemplate.objects.filter(person=changed).update(format="older-1")
    for colour in (10, 90):
        found = matching.identify(entrance.door, frame(colour), clock.now())
        assert found.failure == Failure.NOBODY


COLOURS = st.integers(0, 125)


@given(COLOURS, st.dictionaries(st.integers(1, 9), COLOURS, max_size=6))
def test_a_match_is_near_and_all_others_are_farther_away(colour, people):
    gallery = {person: template_of(each) for person, each in people.items()}
    found = best_match(template_of(colour), gallery)
    if found.person is None:
        return
    distances = sorted(
        (math.dist(template_of(colour), each), person) for person, each in gallery.items()
    )
    assert distances[0] == (found.distance, found.person)
    assert found.distance <= matching.MOST_DISTANCE
    assert all(each - found.distance >= matching.LEAST_MARGIN for each, _ in distances[1:])
