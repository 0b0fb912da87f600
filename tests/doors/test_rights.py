"""Rights: whom they are for, and that both ways of reading them agree."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.events import publish
from doors import admission, granting, tokens
from doors import services as cards
from doors.granting import RESIDENTS, Holder
from doors.models import PinDigest, Right, Token
from estate import services as estate
from people import ports
from people.events import LastOccupancyEnded
from people.models import Binding, Role
from people.periods import today
from tests.doors.entrance import Entrance
from tests.factories import (
    CompanyFactory,
    MembershipFactory,
    OccupancyFactory,
    PersonFactory,
    SiteFactory,
    UnitFactory,
)
from tests.gate import staff
from tests.rejections import rejected

pytestmark = pytest.mark.django_db
ROLES = ("owner", "tenant", "family", "worker")


@pytest.fixture
def entrance():
    return Entrance.build()


def held(person, entrance) -> set[int]:
    site = person.site
    rights = admission.rights_of(
        person.pk, site.pk, site.timezone, [entrance.group.pk], clock.now()
    )
    return {each.pk for each in rights}


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 3), st.sampled_from(ROLES), st.booleans()),
        max_size=6,
        unique_by=lambda each: each[:2],
    )
)
def test_who_holds_a_right_and_what_a_person_holds_agree(entrance, lives):
    site, day = entrance.site, today(entrance.site)
    with transaction.atomic():
        units = [UnitFactory(building__site=site) for _ in range(3)]
        people = [PersonFactory(site=site) for _ in range(4)]
        company = CompanyFactory(site=site)
        OccupancyFactory(person=None, company=company, unit=units[0], role="owner")
        for unit, person, role, is_over in lives:
            OccupancyFactory(
                person=people[person],
                unit=units[unit],
                role=role,
                ends_on=day - timedelta(days=1) if is_over else None,
            )
        holders = [
            *(Holder(unit=unit) for unit in units),
            *(Holder(building=unit.building) for unit in units),
            *(RESIDENTS, Holder(company=company), Holder(person=people[0])),
        ]
        rights = [
            granting.grant(entrance.group, staff(), holder, origin="occupancy")
            for holder in holders
        ]
        for person in people:
            found = held(person, entrance)
            for right in rights:
                holds = admission.holders_of(right, clock.now()).filter(pk=person.pk).exists()
                assert (right.pk in found) is holds, (right, person)
        transaction.set_rollback(True)


def test_an_owner_who_has_let_the_flat_does_not_live_there(entrance):
    home = OccupancyFactory(person__site=entrance.site)
    owner = OccupancyFactory(person__site=entrance.site, unit=home.unit, role="owner").person
    granting.grant(entrance.group, staff(), Holder(unit=home.unit), origin="occupancy")
    assert held(home.person, entrance)
    assert not held(owner, entrance)


def test_a_role_s_right_is_for_the_person_whom_a_user_with_it_acts_for(entrance):
    person = PersonFactory(site=entrance.site)
    member = MembershipFactory(site=entrance.site)
    guard = Role.objects.get(site=None, code="guard")
    right = granting.grant(entrance.group, staff(), Holder(role=guard), reason="on duty")
    assert not held(person, entrance)
    Binding.objects.create(
        site=entrance.site, user=member.user, person=person, state="approved",
        requested_at=clock.now(), decided_at=clock.now(),
    )  # fmt: skip
    assert held(person, entrance) == {right.pk}
    assert list(admission.holders_of(right, clock.now())) == [person]
    assert admission.doors_open_to(person, clock.now()) == [entrance.door]


def test_a_right_belongs_to_one_site_and_by_hand_has_a_reason(entrance):
    stranger = PersonFactory()
    assert rejected(
        granting.grant, entrance.group, staff(), Holder(person=stranger), reason="friend"
    ) == ("person", "other_site")
    own = Holder(person=PersonFactory(site=entrance.site))
    assert rejected(granting.grant, entrance.group, staff(), own) == ("reason", "missing")
    at = clock.now()
    assert rejected(
        granting.grant, entrance.group, staff(), own, reason="x", begins_at=at, ends_at=at
    ) == ("ends_at", "end_before_begin")


def test_the_database_refuses_a_right_of_two_kinds(entrance):
    person = entrance.resident()
    right = Right.objects.get(person=person)
    right.unit = UnitFactory(building__site=entrance.site)
    with pytest.raises(IntegrityError), transaction.atomic():
        right.save()


def test_a_right_ends_once_and_one_that_has_not_begun_is_removed(entrance):
    right = Right.objects.get(person=entrance.resident())
    granting.end_right(right, staff())
    assert rejected(granting.end_right, right, staff()) == ("right", "has_ended")
    later = clock.now() + timedelta(days=3)
    ahead = Right.objects.get(person=entrance.resident(begins_at=later))
    granting.end_right(ahead, staff())
    assert not Right.objects.filter(pk=ahead.pk).exists()


def test_a_group_with_rights_does_not_end(entrance):
    right = Right.objects.get(person=entrance.resident())
    assert rejected(estate.end_place, entrance.group, staff()) == ("place", "in_use")
    granting.end_right(right, staff())
    estate.end_place(entrance.group, staff())
    assert not entrance.group.doors.exists()


def test_what_a_person_had_ends_with_the_last_occupancy(entrance):
    person = entrance.resident()
    token, _pin = tokens.issue_pin(entrance.site, staff(), person=person)
    tokens.issue_code(entrance.site, staff(), person=person)
    now = clock.now()
    kinds = {right.kind for right in ports.rights_of(person, now)}
    assert {"card", "door_token", "door_right"} <= kinds
    publish(LastOccupancyEnded(entrance.site.pk, person.pk, None, now, "manager"))
    assert not Token.objects.filter(person=person, state__in=Token.IN_USE).exists()
    assert not PinDigest.objects.filter(token=token).exists()
    assert entrance.decides(person) == "unknown"
    assert not held(person, entrance)


def test_no_pin_is_another_s_nor_another_s_call_for_help(entrance):
    people = [PersonFactory(site=entrance.site) for _ in range(5)]
    for person in people:
        tokens.issue_pin(entrance.site, staff(), person=person)
    assert PinDigest.objects.filter(site=entrance.site).count() == 10
    first = PinDigest.objects.filter(site=entrance.site).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        PinDigest.objects.create(site=entrance.site, token=first.token, digest=first.digest)
    # The same digits are free at another site, under another key.
    assert not PinDigest.objects.filter(site=SiteFactory(), digest=first.digest).exists()


def test_a_new_pin_ends_the_former_one(entrance):
    person = entrance.resident()
    _former, old = tokens.issue_pin(entrance.site, staff(), person=person)
    _token, pin = tokens.issue_pin(entrance.site, staff(), person=person)
    assert entrance.decides(means="pin", value=pin) == "admitted"
    if old != pin:
        assert entrance.decides(means="pin", value=old) == "unknown"


def test_a_person_has_one_changing_code_and_as_many_printed_ones_as_needed(entrance):
    person = entrance.resident()
    tokens.issue_code(entrance.site, staff(), person=person)
    assert rejected(tokens.issue_code, entrance.site, staff(), person=person) == (
        *("person", "already_issued"),
    )
    for _copy in range(2):
        tokens.issue_code(entrance.site, staff(), person=person, is_static=True)


def test_a_credential_is_suspended_lost_and_reactivated_but_never_after_its_end(entrance):
    person = entrance.resident()
    token = tokens.issue_phone(entrance.site, staff(), person=person)
    assert rejected(tokens.suspend_token, token, staff(), "") == ("reason", "missing")
    tokens.suspend_token(token, staff(), "misuse")
    tokens.report_token_lost(token, staff())
    assert tokens.reactivate_token(token, staff()).state == "active"
    tokens.end_token(token, staff())
    assert rejected(tokens.reactivate_token, token, staff()) == ("token", "wrong_state")


def test_cards_still_work_as_before(entrance):
    card = cards.issue_card(
        entrance.site, staff(), person=PersonFactory(site=entrance.site), number=77
    )
    assert (card.is_in_use, card.holder) == (True, card.person)
