"""The rota of a site: who is on call, and what people enter of it."""

from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from core import clock
from core.errors import Rejection
from core.models import AuditEntry, Notification
from core.permissions import StandardRole
from core.revisions import revision_of
from incidents.escalation import on_call, page_on_call, responders, rota_editing, shifts
from incidents.escalation.paging import declare_page
from incidents.escalation.retention import delete_past_duty
from incidents.escalation.rota_editing import LayerValues
from incidents.models import RotaLayer, RotaOverride, Shift
from people.colleagues import end_access
from tests.factories import SiteFactory, UserFactory
from tests.incidents.escalation.staff import add_layer, hire
from tests.live import announcements

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def names(users):
    return [user.username for user in users]


@pytest.fixture
def ann(site, noon):
    return hire(site, "ann")


@pytest.fixture
def ben(site, noon):
    return hire(site, "ben")


def test_each_layer_has_a_person_on_call_in_the_order_of_the_layers(site, noon, ann, ben):
    add_layer(site, ann, ben)
    add_layer(site, ben, name="second line")
    assert names(on_call(site, noon.now)) == ["ann", "ben"]
    assert names(on_call(site, noon.now + timedelta(days=7))) == ["ben"]


def test_a_cover_and_an_absence_replace_the_turn(site, noon, ann, ben):
    layer, carl = add_layer(site, ann, ben), hire(site, "carl")
    rota_editing.add_cover(layer, ann, carl, noon.now, noon.now + HOUR)
    assert names(on_call(site, noon.now)) == ["carl"]
    rota_editing.add_absence(site, ann, ann, noon.now + HOUR, noon.now + 2 * HOUR)
    assert names(on_call(site, noon.now + HOUR)) == ["ben"]
    assert names(on_call(site, noon.now + 2 * HOUR)) == ["ann"]


def test_an_absence_may_have_a_substitute(site, noon, ann, ben):
    add_layer(site, ann, ben)
    carl = hire(site, "carl")
    rota_editing.add_absence(site, ann, ann, noon.now, noon.now + HOUR, substitute=carl)
    assert names(on_call(site, noon.now)) == ["carl"]


def test_two_people_swap_their_turns(site, noon, ann, ben):
    layer = add_layer(site, ann, ben)
    week = timedelta(days=7)
    first, second = (noon.now - HOUR, noon.now + HOUR), (noon.now + week, noon.now + week + HOUR)
    rota_editing.swap_turns(layer, ann, (ann, *first), (ben, *second))
    assert names(on_call(site, noon.now)) == ["ben"]
    assert names(on_call(site, noon.now + week)) == ["ann"]


def test_a_turn_is_not_swapped_with_one_of_the_same_person(site, noon, ann):
    layer, turn = add_layer(site, ann), (ann, noon.now, noon.now + HOUR)
    with pytest.raises(Rejection) as rejected:
        rota_editing.swap_turns(layer, ann, turn, turn)
    assert (rejected.value.field, rejected.value.code) == ("second", "same_person")


def test_a_removed_cover_ends_its_effect(site, noon, ann, ben):
    layer = add_layer(site, ann)
    cover = rota_editing.add_cover(layer, ann, ben, noon.now, noon.now + HOUR)
    rota_editing.remove_override(cover, ann)
    assert names(on_call(site, noon.now)) == ["ann"]


def test_a_person_who_leaves_is_no_longer_on_call_and_the_next_person_is(site, noon, ann, ben):
    add_layer(site, ann, ben)
    manager = hire(site, "mia", StandardRole.MANAGER)
    end_access(site, ann, manager, "moved away")
    assert names(on_call(site, noon.now)) == ["ben"]
    assert responders.rota_of(site).gone == {ann.pk}


def test_people_of_other_sites_are_neither_on_call_nor_on_duty(site, noon, ann):
    other = SiteFactory()
    add_layer(site, ann)
    shifts.start_shift(site, ann)
    assert on_call(other, noon.now) == responders.on_duty(other) == []


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"name": " "}, "name", "missing"),
        ({"people": []}, "people", "wrong_number"),
        ({"turn_days": 29}, "turn_days", "out_of_range"),
        ({"begins": time(8)}, "ends", "half_a_time"),
        ({"ends": time(8)}, "begins", "half_a_time"),
        ({"days": [1]}, "begins", "missing"),
    ],
)
def test_an_invalid_layer_is_rejected(site, ann, changed, field, code):
    values = {"name": "x", "people": [ann], "first_day": date(2026, 3, 2), "hand_over": time(8)}
    with pytest.raises(Rejection) as rejected:
        rota_editing.add_layer(site, ann, LayerValues(**{**values, **changed}))
    assert (rejected.value.field, rejected.value.code) == (field, code)


def test_a_person_stands_once_in_a_layer_and_may_see_incidents(site, ann):
    for people, code in (([ann, ann], "twice"), ([UserFactory()], "not_a_responder")):
        with pytest.raises(Rejection) as rejected:
            add_layer(site, *people)
        assert (rejected.value.field, rejected.value.code) == ("people", code)


def test_a_change_of_a_layer_is_audited_and_announced(site, ann, ben):
    layer = add_layer(site, ann)
    values = LayerValues("nights", [ben], date(2026, 3, 2), time(20), 1, [4], time(20), time(8))
    rota_editing.change_layer(layer, ann, values)
    entry = AuditEntry.objects.get(action="change rota layer")
    assert entry.detail["people"] == [[ann.pk], [ben.pk]]
    assert ("rota", site.pk, None) in announcements()


def test_a_change_made_meanwhile_is_not_overwritten_unseen(site, ann, ben):
    layer = add_layer(site, ann)
    shown = revision_of(rota_editing.shown_values(layer))
    values = LayerValues("first line", [ben], date(2026, 3, 2), time(8))
    rota_editing.change_layer(layer, ben, values)
    with pytest.raises(Rejection) as rejected:
        rota_editing.change_layer(layer, ann, values, shown)
    assert rejected.value.code == "changed_meanwhile"


def test_a_removed_layer_takes_its_covers_along(site, noon, ann, ben):
    layer = add_layer(site, ann)
    rota_editing.add_cover(layer, ann, ben, noon.now, noon.now + HOUR)
    rota_editing.remove_layer(layer, ann)
    assert on_call(site, noon.now) == []
    assert not RotaOverride.objects.exists()


def test_a_period_that_is_over_or_ends_before_it_begins_is_rejected(site, noon, ann):
    layer = add_layer(site, ann)
    for begin, end, code in ((-2, -1, "not_ahead"), (2, 1, "end_before_begin")):
        with pytest.raises(Rejection) as rejected:
            rota_editing.add_cover(layer, ann, ann, noon.now + begin * HOUR, noon.now + end * HOUR)
        assert (rejected.value.field, rejected.value.code) == ("ends_at", code)


def test_no_one_stands_in_for_themselves(site, noon, ann):
    with pytest.raises(Rejection) as rejected:
        rota_editing.add_absence(site, ann, ann, noon.now, noon.now + HOUR, substitute=ann)
    assert rejected.value.code == "same_person"


def test_the_database_rejects_an_override_that_is_neither_cover_nor_absence(site, noon, ann):
    with pytest.raises(IntegrityError, match="cover_or_absence"), transaction.atomic():
        RotaOverride.objects.create(
            site=site,
            user=ann,
            begins_at=noon.now,
            ends_at=noon.now + HOUR,
            created_by=ann,
            created_at=noon.now,
        )


def test_the_person_on_call_is_paged_else_those_on_duty_else_the_managers(site, noon, ann, ben):
    code = declare_page("feed_is_down", "Deliveries to %(endpoint)s have stopped")
    path = "/s/demo/incidents/"

    def page():
        page_on_call(site, code, {"endpoint": "police"}, path)
        return Notification.objects.latest("pk").recipient.username

    hire(site, "mia", StandardRole.MANAGER)
    assert page() == "mia"
    shifts.start_shift(site, ben)
    assert page() == "ben"
    add_layer(site, ann)
    assert page() == "ann"
    assert Notification.objects.latest("pk").urgent


def test_what_is_a_year_old_is_deleted(site, noon, ann):
    add_layer(site, ann)
    shifts.start_shift(site, ann)
    shifts.end_shift(site, ann)
    rota_editing.add_absence(site, ann, ann, noon.now, noon.now + HOUR)
    noon.now += timedelta(days=366)
    shifts.start_shift(site, ann)
    assert delete_past_duty() == 2  # a shift with its hand-over, an absence
    assert Shift.objects.get().ended_at is None
    assert RotaLayer.objects.exists()
    assert clock.now() == noon.now
