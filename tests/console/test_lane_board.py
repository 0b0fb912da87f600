"""The lane board: the cards and their buttons."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.models import Passage, PlateRead
from access.services import correct_read
from console.lane_cards import pay_url
from core.permissions import StandardRole
from parking.models import LotRules, Stay
from tests.browsers import hire, signed_in, text
from tests.factories import LaneFactory, OccupancyFactory, UnitFactory, VehicleFactory
from tests.gate import car_that_owes, decision_of, open_commands, staff
from tests.paying import deliver_events, payments_of

pytestmark = pytest.mark.django_db


def card(client, here, lane):
    return client.get(here.url("lane", lane.pk)).content.decode()


def triggered(answer):
    return json.loads(answer["HX-Trigger"])


def test_a_card_shows_photo_plate_state_and_why(here, guard):
    shown = card(guard, here, here.gate.exit)
    assert here.url("photo", here.passage.pk) in shown
    assert "<b>沪A</b>55555" in shown
    assert "waiting for payment" in shown
    assert "CN¥10.00 due" in shown


def test_a_card_states_the_amount_once_as_it_is_now(here, guard):
    board = text(guard.get(here.url("lane", here.gate.exit.pk)))
    assert board.count("CN¥10.00") == 2  # announced at the car's arrival, and shown


def test_a_car_that_owes_gets_the_amount_and_a_qr_code_of_the_payment_page(here, guard, settings):
    settings.PUBLIC_URL = "https://gate.example"
    shown = card(guard, here, here.gate.exit)
    assert "CN¥10.00" in shown
    assert 'class="segno"' in shown
    assert pay_url(here.stay) == f"https://gate.example/pay/{here.stay.public_id}/"


def test_only_the_browser_may_cache_a_photo(here, guard):
    answer = guard.get(here.url("photo", here.passage.pk))
    assert answer["Content-Type"] == "image/jpeg"
    assert "private" in answer["Cache-Control"]


def test_a_photo_past_its_retention_is_not_found(here, guard):
    here.passage.image = ""
    here.passage.save()
    assert guard.get(here.url("photo", here.passage.pk)).status_code == 404


def test_without_the_permission_the_card_has_no_photo(here):
    finance = signed_in(hire(here.site, StandardRole.FINANCE))
    assert "/picture/" not in card(finance, here, here.gate.exit)


def test_a_card_does_not_say_no_plate_while_the_photo_is_being_read(here, guard):
    lane = here.gate.exit
    Passage.objects.filter(pk=here.passage.pk).update(
        plate="", folded="", state=Passage.State.READING
    )
    assert 'plate-big">no plate' not in card(guard, here, lane)
    Passage.objects.filter(pk=here.passage.pk).update(state=Passage.State.HELD)
    assert 'plate-big">no plate' in card(guard, here, lane)


def test_a_corrected_plate_keeps_the_camera_s_reading(here, guard):
    passage = here.gate.sees(here.gate.entry, "沪A1Z34", confidence=0.4)
    answer = guard.post(
        here.url("correct", passage.pk), {"text": "沪a 12345", "reason": "mud on the plate"}
    )
    assert answer.status_code == 204
    assert {"closedialogs", f"live:lane-{here.gate.entry.pk}", "notice"} <= set(triggered(answer))
    camera, corrected = passage.reads.all()
    assert (camera.text, corrected.text) == ("沪A1Z34", "沪A12345")
    assert corrected.source == PlateRead.Source.GUARD


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"text": "无牌车", "reason": "none there"}, "dialog_text_error"),
        ({"text": "沪A12345", "reason": ""}, "dialog_reason_error"),
        ({"text": "", "reason": "seen"}, "dialog_text_error"),
    ],
)
def test_an_invalid_correction_is_rejected_at_its_field(here, guard, said, field):
    answer = guard.post(here.url("correct", here.passage.pk), said)
    assert answer.status_code == 422
    assert field in answer.content.decode()
    assert here.passage.reads.count() == 1


def test_opening_needs_a_reason_and_sends_the_command(here, guard):
    refused = guard.post(here.url("lift", here.passage.pk), {"reason": " "})
    assert refused.status_code == 422
    assert open_commands(here.gate.exit) == 0
    done = guard.post(here.url("lift", here.passage.pk), {"reason": "fire engine"})
    assert done.status_code == 204
    assert open_commands(here.gate.exit) == 1
    assert decision_of(here.passage).reason == "fire engine"


def test_a_lane_opens_without_a_car(here, guard):
    assert guard.post(here.url("open_lane", here.gate.entry.pk), {"reason": "test of the arm"})
    assert open_commands(here.gate.entry) == 2  # one for the car that came in


def test_a_refused_car_stays_out(here, guard):
    passage = here.gate.sees(here.gate.entry, "沪A77777", confidence=0.4)
    guard.post(here.url("refuse", passage.pk), {"reason": "no business here"})
    passage.refresh_from_db()
    assert passage.state == "refused"


def confirmed(guard, here) -> dict[str, str]:
    """The cash dialog's form, which confirms the amount that it shows."""
    shown = text(guard.get(here.url("cash", here.stay.pk)))
    return {"quote": re.search(r'name="quote" value="(\d+)"', shown)[1]}


def test_cash_opens_the_barrier_for_the_amount_that_the_server_computed(here, guard):
    answer = guard.post(here.url("cash", here.stay.pk), {**confirmed(guard, here), "amount": "1"})
    assert answer.status_code == 204
    assert [each.amount for each in payments_of(here.stay)] == [1000]
    deliver_events()
    here.passage.refresh_from_db()
    assert here.passage.state == "opening"


def test_cash_is_not_taken_twice(here, guard):
    form = confirmed(guard, here)
    guard.post(here.url("cash", here.stay.pk), form)
    again = guard.post(here.url("cash", here.stay.pk), form)
    assert again.status_code == 422
    assert len(payments_of(here.stay)) == 1


def test_a_car_without_an_entry_is_charged_with_a_reason(here, guard):
    stranger = here.gate.sees(here.gate.exit, "京Q88888")
    assert here.url("lost_entry", stranger.pk) in card(guard, here, here.gate.exit)
    guard.post(here.url("lost_entry", stranger.pk), {"reason": "says he came at noon"})
    assert Stay.objects.get(plate="京Q88888").review == ["entry_unknown"]


def test_cars_inside_that_look_like_it_are_offered_when_correcting(here, guard):
    misread = here.gate.sees(here.gate.exit, "苏A55555")
    form = guard.get(here.url("correct", misread.pk)).content.decode()
    assert 'data-text="沪A55555"' in form


def test_after_a_correction_the_page_offers_the_partner_and_its_text(here, guard):
    entry = here.gate.sees(here.gate.entry, "沪C24680")
    here.gate.moves(here.gate.entry, "passed")
    left = here.gate.sees(here.gate.exit, "沪C24680")
    assert (
        here.url("passage", left.pk)
        not in guard.get(here.url("passage", entry.pk)).content.decode()
    )
    correct_read(entry, "沪R11111", staff(), "seen on the photo")
    assert here.url("passage", left.pk) in guard.get(here.url("passage", entry.pk)).content.decode()
    assert 'value="沪R11111"' in guard.get(here.url("correct", left.pk)).content.decode()
    correct_read(left, "沪R11111", staff(), "seen on the photo")
    for passage in (entry, left):
        assert (
            "still has the former plate"
            not in guard.get(here.url("passage", passage.pk)).content.decode()
        )
    assert Stay.objects.get(plate="沪R11111").status == "closed"


def test_the_exit_that_is_corrected_first_offers_the_entry(here, guard):
    entry = here.gate.sees(here.gate.entry, "沪C24680")
    here.gate.moves(here.gate.entry, "passed")
    left = here.gate.sees(here.gate.exit, "沪C24680")
    correct_read(left, "沪R11111", staff(), "seen on the photo")
    assert here.url("passage", entry.pk) in guard.get(here.url("passage", left.pk)).content.decode()
    assert 'value="沪R11111"' in guard.get(here.url("correct", entry.pk)).content.decode()


def test_the_text_that_the_camera_read_is_offered_to_undo_an_adopted_plate(here, guard):
    VehicleFactory(person__site=here.site, plate="沪A12B08")
    adopted = here.gate.sees(here.gate.entry, "沪A128O8")
    form = guard.get(here.url("correct", adopted.pk)).content.decode()
    assert 'data-text="沪A128O8"' in form


def test_the_board_has_a_card_for_each_lane_and_marks_those_that_wait(here, guard):
    board = guard.get(here.url("lanes")).content.decode()
    assert board.count('class="lane card') == 2
    assert board.count("data-waits=") == 1


def test_buttons_without_permission_are_left_out(here):
    finance = signed_in(hire(here.site, StandardRole.FINANCE))
    shown = card(finance, here, here.gate.exit)
    assert here.url("lift", here.passage.pk) not in shown
    assert here.url("cash", here.stay.pk) not in shown


def test_a_plate_from_the_field_cannot_smuggle_markup(here, guard):
    here.passage.plate = "<b>x</b>"
    here.passage.save()
    assert "<b>x</b>" not in card(guard, here, here.gate.exit)


def test_an_older_car_is_listed_below_the_one_that_stands_there(here, guard):
    car_that_owes(here.gate, "沪A66666")
    shown = card(guard, here, here.gate.exit)
    assert reverse("console:passage", args=[here.site.slug, here.passage.pk]) in shown


def test_a_card_shows_the_unit_of_a_resident_s_car(here, guard):
    vehicle = VehicleFactory(site=here.site, person__site=here.site, plate="沪A24680")
    unit = UnitFactory(building__site=here.site, code="0803")
    OccupancyFactory(person=vehicle.person, unit=unit)
    here.gate.sees(here.gate.entry, vehicle.plate)
    assert f"Registered to {unit}" in card(guard, here, here.gate.entry)


def test_a_visitor_gets_a_pass_from_the_lane_s_card(here, guard):
    LotRules.objects.update_or_create(lot=here.gate.lot, defaults={"admits_unknown": False})
    passage = here.gate.sees(here.gate.entry, "沪A24680")
    address = here.url("admit_visitor", passage.pk)
    assert address in card(guard, here, here.gate.entry)
    assert 'value="沪A24680"' in text(guard.get(address))
    said = {"plate": "沪A24680", "ends_at": "2999-01-01T00:00"}
    assert guard.post(address, said).status_code == 204
    assert decision_of(passage).rule == "visitor_pass"


def test_a_car_at_an_exit_is_offered_no_visitor_pass(here, guard):
    assert here.url("admit_visitor", here.passage.pk) not in card(guard, here, here.gate.exit)


def test_the_board_asks_as_many_queries_for_many_lanes_as_for_a_few(here, guard):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert guard.get(here.url("lanes")).status_code == 200
        return len(asked)

    queries()
    before = queries()
    for number in range(4):
        lane = LaneFactory(gate=here.gate.entry.gate, lot=here.gate.lot)
        car = VehicleFactory(site=here.site, plate=f"苏A7000{number}")
        OccupancyFactory(site=here.site, person=car.person)
        here.gate.sees(lane, car.plate)
    assert queries() <= before + 2
