"""Stays found by a part of their plate: at the lane, in the portal and in the history."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.plates import normalise
from parking.models import Stay
from parking.plate_search import candidates, find_partly_inside, of_plate
from parking.selectors import stays
from portal.find_car.choice import choices
from portal.find_car.throttle import LOOK_UPS
from tests.factories import LotFactory, SiteFactory, StayFactory
from tests.gate import GateScene, decision_of

pytestmark = pytest.mark.django_db
PARTS = [
    ("AA-123-AK", "123AK"),
    ("沪BK3827", "K3827"),
    ("粤BN2T731", "N2T731"),
    ("沪AD12345", "D1234"),
    ("苏E9Q47Z", "苏E9Q4"),
    ("AA-123-AK", "I23AK"),
    ("浙A0B7K1", "OB7K"),
]


# One character missing or too many, in several countries' grammars.
ONE_OFF = [
    ("沪BK3827", "沪BK327", "沪BK3•27"),
    ("沪BK3827", "BK382", "•BK382•"),
    ("沪BK3827", "沪BK38827", "沪BK3827"),
    ("粤BN2T731", "粤BN2T73", "粤BN2T73•"),
    ("粤BN2T731", "粤BNN2T731", "粤BN2T731"),
    ("AA-123-AK", "AA12AK", "AA12•AK"),
    ("AA-123-AK", "AA-1233-AK", "AA123AK"),
    ("M-AB 1234", "MAB124", "MAB12•4"),
    ("AB12 CDE", "AB12CCDE", "AB12CDE"),
    ("RK-365-V", "RK65V", "RK•65V"),
    ("7ABC123", "7ABC12O3", "7ABC123"),
    ("МВ1234К", "МВ124К", "МВ12•4К"),
    ("品川 500 あ 1234", "品川500あ124", "品川500あ12•4"),
]


@pytest.mark.parametrize(("plate", "text", "masked"), ONE_OFF)
def test_a_plate_with_one_character_more_or_less_is_offered_in_the_portal(plate, text, masked):
    site = SiteFactory()
    stay = StayFactory(site=site, lot=LotFactory(site=site), plate=normalise(plate))
    StayFactory(site=site, lot=stay.lot, plate="京Q00881")
    assert [(each.plate, each.lot) for each in choices(site, text)] == [(masked, stay.lot.name)]


@pytest.mark.parametrize(("plate", "text", "masked"), ONE_OFF)
def test_a_plate_with_one_character_more_or_less_is_a_candidate_at_the_lane(plate, text, masked):
    gate = GateScene.build()
    inside = gate.sees(gate.entry, plate).stay_entered
    gate.sees(gate.entry, "京Q00881")
    assert candidates(gate.sees(gate.exit, text)) == [inside]


@pytest.mark.parametrize("text", ["沪BK37", "沪BK388827", "沪BK9927", "K827B"])
def test_a_plate_that_differs_by_more_is_not_offered_in_the_portal(text):
    stay = StayFactory(plate="沪BK3827")
    assert find_partly_inside(stay.site, text) == []


@pytest.mark.parametrize(("plate", "read"), PARTS)
def test_a_partly_read_plate_at_the_exit_has_its_car_as_a_candidate(plate, read):
    gate = GateScene.build()
    inside = gate.sees(gate.entry, plate).stay_entered
    gate.sees(gate.entry, "京Q00881")
    passage = gate.sees(gate.exit, read)
    assert decision_of(passage).rule == "no_entry"
    assert [stay.pk for stay in candidates(passage)] == [inside.pk]
    assert decision_of(passage).facts["candidates"][0]["plate"] == inside.plate


@pytest.mark.parametrize(("plate", "read"), PARTS)
def test_a_plate_that_was_partly_read_at_the_entry_is_a_candidate(plate, read):
    gate = GateScene.build()
    inside = gate.sees(gate.entry, read).stay_entered
    assert inside in candidates(gate.sees(gate.exit, plate))


def test_a_misread_plate_ranks_before_a_part_and_a_longer_part_before_a_shorter():
    gate = GateScene.build()
    for plate in ("沪AK38275", "沪AK3826", "沪BK3827", "XXK3827XX"):
        gate.sees(gate.entry, plate)
    found = [stay.plate for stay in candidates(gate.sees(gate.exit, "BK3827"))]
    assert found[0] == "沪BK3827"


def test_three_characters_are_no_part():
    gate = GateScene.build()
    gate.sees(gate.entry, "沪BK3827")
    assert candidates(gate.sees(gate.exit, "827")) == []


@pytest.mark.parametrize(("plate", "typed"), [pair for pair in PARTS if len(pair[1]) >= 5])
def test_the_portal_offers_a_partly_typed_plate_masked_and_leads_to_it_once_chosen(
    client, plate, typed
):
    stay = StayFactory(plate=plate.replace("-", ""), entered_at=clock.now() - timedelta(minutes=90))
    page = client.post(reverse("portal:find", args=[stay.site.slug]), {"plate": typed})
    text = page.content.decode()
    assert stay.plate not in text
    assert stay.public_id not in text
    (choice,) = page.context["choices"]
    assert len(choice.plate.strip("•")) == len(typed)
    answer = client.post(
        reverse("portal:find_choose", args=[stay.site.slug]), {"token": choice.token}
    )
    assert answer.headers["Location"] == reverse("portal:stay", args=[stay.public_id])


def test_the_portal_offers_no_car_for_four_characters_or_when_many_match(client):
    site = SiteFactory()
    for number in range(4):
        StayFactory(site=site, lot=LotFactory(site=site), plate=f"沪A{number}5555")
    assert find_partly_inside(site, "5555") == []
    assert [stay.plate for stay in find_partly_inside(site, "35555")] == ["沪A35555"]
    for number in range(4):
        StayFactory(site=site, lot=LotFactory(site=site), plate=f"沪{number}B7777")
    assert find_partly_inside(site, "B7777") == []


def test_the_portal_offers_no_car_that_has_left_or_is_at_another_site():
    left = StayFactory(plate="沪BK3827", status="closed", left_at=clock.now())
    assert find_partly_inside(left.site, "K3827") == []
    other = StayFactory(plate="沪CK3827")
    assert find_partly_inside(left.site, "K3827") == []
    assert find_partly_inside(other.site, "K3827") == [other]


@pytest.mark.parametrize("token", ["", "nonsense", "WzEsMV0:1x:abc"])
def test_an_invalid_choice_leads_back_to_the_search(client, token):
    site = SiteFactory()
    answer = client.post(reverse("portal:find_choose", args=[site.slug]), {"token": token})
    assert answer.headers["Location"] == reverse("portal:find", args=[site.slug])


def test_a_choice_holds_for_its_own_site_only(client):
    stay = StayFactory(plate="沪BK3827")
    page = client.post(reverse("portal:find", args=[stay.site.slug]), {"plate": "K3827"})
    other = SiteFactory()
    token = page.context["choices"][0].token
    answer = client.post(reverse("portal:find_choose", args=[other.slug]), {"token": token})
    assert answer.headers["Location"] == reverse("portal:find", args=[other.slug])


@pytest.mark.usefixtures("stopped_clock")
def test_choices_count_as_look_ups(client):
    site = SiteFactory()
    for _ in range(LOOK_UPS):
        client.post(reverse("portal:find_choose", args=[site.slug]), {"token": "x"})
    answer = client.post(reverse("portal:find_choose", args=[site.slug]), {"token": "x"})
    assert answer.status_code == 429


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("沪BK3827", ["沪BK3827"]),
        ("k38", ["沪BK3827"]),
        ("K3·827", ["沪BK3827"]),
        ("8K38", ["沪BK3827"]),
        ("沪", ["沪BK3827", "沪A10001"]),
        ("0001", ["沪A10001"]),
        ("7", ["沪BK3827"]),
        ("ZZ9", []),
        ("--", []),
    ],
)
def test_the_history_is_searched_by_any_part_in_one_query(text, found):
    stay = StayFactory(plate="沪BK3827", entered_at=clock.now())
    StayFactory(
        site=stay.site, lot=stay.lot, plate="沪A10001", entered_at=clock.now() - timedelta(hours=1)
    )
    StayFactory(plate="沪BK3827")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        rows = list(of_plate(stay.site, stays(stay.site), text))
    assert [each.plate for each in rows] == found
    assert len(queries) <= 1


def test_stays_written_in_bulk_and_corrected_ones_are_found():
    stay = StayFactory(plate="沪BK3827")
    site = stay.site
    made = [StayFactory.build(site=site, lot=stay.lot, plate=f"粤E{n}888{n}") for n in range(3)]
    for each in made:
        each.folded, each.tariff = each.plate, stay.tariff
    Stay.objects.bulk_create(made)
    assert of_plate(site, stays(site), "1888").count() == 1
    Stay.objects.filter(pk=stay.pk).update(plate="沪BK3829", folded="沪8K3829")
    assert of_plate(site, stays(site), "BK3829").count() == 1
    assert of_plate(site, stays(site), "BK3827").count() == 0
