"""The other pages of the console."""

import json
import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.urls import reverse

from access import checks
from access.labels import RULE_LABELS, trace_label
from access.models import AccessListEntry
from core import clock
from core.permissions import StandardRole
from devices.models import DeadLetter, Device
from incidents.models import Incident, WatchEntry
from incidents.selectors import active, waiting_for_approval
from incidents.services import approve_watch_entry
from parking.models import Stay, Tariff
from people.models import RolePermission
from tests.browsers import hire, signed_in, text
from tests.estate.plans import SMALL, publish
from tests.factories import HOURLY, BayFactory, SiteFactory, UserFactory, WatchEntryFactory

pytestmark = pytest.mark.django_db


def test_the_start_page_redirects_to_the_only_site(here, guard):
    assert guard.get(reverse("console:index"))["Location"] == here.url("start")


@pytest.mark.parametrize(
    ("role", "name"),
    [
        (StandardRole.MANAGER, "overview"),
        (StandardRole.SECURITY, "triage"),
        (StandardRole.FINANCE, "finance"),
        (StandardRole.GUARD, "lanes"),
        (StandardRole.TECHNICIAN, "fleet_health"),
    ],
)
def test_everybody_starts_where_they_work(here, role, name):
    person = signed_in(hire(here.site, role))
    assert person.get(here.url("start"))["Location"] == here.url(name)


def test_whoever_has_no_workplace_starts_at_the_overview(here):
    person = hire(here.site, StandardRole.GUARD)
    RolePermission.objects.exclude(permission__code="core.view_site").delete()
    assert signed_in(person).get(here.url("start"))["Location"] == here.url("overview")


def test_the_start_page_lists_the_user_s_sites_and_no_other(here):
    person = hire(here.site, StandardRole.GUARD)
    second = hire(SiteFactory(name="Second"), StandardRole.GUARD).memberships.get()
    second.user = person
    second.save()
    SiteFactory(name="Elsewhere")
    shown = text(signed_in(person).get(reverse("console:index")))
    assert "Second" in shown
    assert here.site.name in shown
    assert "Elsewhere" not in shown


def test_a_user_without_a_site_sees_who_grants_access(db):
    SiteFactory()
    assert "Ask your site's manager" in text(signed_in(UserFactory()).get(reverse("console:index")))


def test_the_plan_holds_this_site_s_bays_with_their_status(here, guard):
    ring = [[121.0, 31.0], [121.1, 31.0], [121.1, 31.1]]
    bay = BayFactory(lot=here.gate.lot, status="occupied", outline=ring)
    BayFactory(outline=ring)
    plan = guard.get(here.url("plan")).json()
    bays = [each for each in plan["features"] if each["properties"]["kind"] == "bay"]
    assert [(each["properties"]["pk"], each["properties"]["status"]) for each in bays] == [
        (bay.pk, "occupied")
    ]


def test_the_status_of_chosen_bays_or_of_all_is_fetched_without_the_plan(here, guard):
    one, two = BayFactory(lot=here.gate.lot, status="free"), BayFactory(lot=here.gate.lot)
    foreign = BayFactory()
    chosen = guard.get(here.url("bays"), {"bay": [one.pk, foreign.pk, "x"]}).json()["bays"]
    assert chosen == {str(one.pk): "free"}
    everything = guard.get(here.url("bays")).json()
    assert set(everything["bays"]) == {str(bay.pk) for bay in (here.bay, one, two)}
    assert everything["revision"] == guard.get(here.url("plan")).json()["revision"]


def test_the_revision_tells_a_map_that_another_plan_was_published(here, guard):
    before = guard.get(here.url("bays")).json()["revision"]
    publish(here.site, SMALL)
    assert guard.get(here.url("bays")).json()["revision"] == before + 1
    assert guard.get(here.url("plan")).json()["revision"] == before + 1


def test_the_map_has_tiles_of_waiting_cars_incidents_and_lots(here, guard):
    shown = text(guard.get(here.url("beside")))
    assert "55555" in shown
    assert here.url("incident", here.incident.pk) in shown
    assert here.gate.lot.name in shown


def test_tiles_without_permission_are_left_out(here):
    technician = signed_in(hire(here.site, StandardRole.TECHNICIAN))
    assert "55555" not in text(technician.get(here.url("beside")))


def test_the_badges_are_those_that_a_role_permits(here, guard):
    heard = json.loads(guard.get(here.url("counts"))["HX-Trigger"])
    number = active(here.site).count()
    expected = {"held": 0, "visits": 0, "incidents": number, "notifications": 0}
    assert heard == {"badges": expected}


def test_a_passage_shows_every_step_of_its_decision(here, guard):
    shown = text(guard.get(here.url("passage", here.passage.pk)))
    for rule in ("watch_list", "confidence", "open_stay", "due"):
        assert f'data-rule="{rule}"' in shown


def test_every_rule_has_a_label():
    assert set(checks.ENTRY_ORDER + checks.EXIT_ORDER) <= set(RULE_LABELS)


def test_a_rule_s_finding_says_more_than_the_rule_s_name():
    for rule in ("open_stay", "covered", "paid", "free", "allow_list", "resident", "visitor_pass"):
        assert trace_label(rule, "noted", {}) != RULE_LABELS[rule]


def test_a_stay_s_price_is_explained_line_by_line(here, guard):
    shown = text(guard.get(here.url("stay", here.stay.pk)))
    assert "2 × 60 min" in shown
    assert "CN¥5.00 per started 60 min" in shown
    assert "CN¥10.00" in shown


@pytest.mark.parametrize(
    ("asked", "found"), [("55555", True), ("SSSSS", True), ("沪a·5", True), ("99", False)]
)
def test_stays_are_found_by_a_part_of_the_plate_or_a_look_alike(here, guard, asked, found):
    answer = guard.post(here.url("stays"), {"q": asked, "filter": "1"}, follow=True)
    assert f"q={asked}" not in unquote(answer.redirect_chain[0][0])
    assert (here.url("stay", here.stay.pk) in text(answer)) == found


def test_a_reviewed_stay_leaves_the_queue(here, manager):
    Stay.objects.filter(pk=here.stay.pk).update(review=["superseded"])
    assert "Needs review" in text(manager.get(here.url("stay", here.stay.pk)))
    manager.post(here.url("review_stay", here.stay.pk), {"reason": "same car"})
    here.stay.refresh_from_db()
    assert here.stay.review == []
    shown = text(manager.get(here.url("stays"), {"status": "review"}))
    assert "Nothing matches these filters." in shown


def test_reviewing_a_stay_needs_another_permission_than_opening_the_barrier(here, guard):
    Stay.objects.update(review=["left_unpaid"])
    shown = text(guard.get(here.url("stay", here.stay.pk)))
    assert "Needs review" in shown
    assert here.url("review_stay", here.stay.pk) not in shown


def test_an_incident_goes_from_detected_to_closed(here):
    security = signed_in(hire(here.site, StandardRole.SECURITY))
    pk = here.incident.pk
    assert security.post(here.url("acknowledge", pk)).status_code == 204
    assert security.post(here.url("close_incident", pk), {"reason": "x"}).status_code == 422
    said = {"finding": "confirmed", "reason": "it is the car"}
    assert security.post(here.url("review_incident", pk), said).status_code == 204
    assert security.post(here.url("close_incident", pk), {"reason": "police came"}).status_code
    assert Incident.objects.get(pk=pk).state == Incident.State.CLOSED


def test_a_watch_list_entry_needs_every_field_and_a_second_user(here):
    one, other = (hire(here.site, StandardRole.SECURITY) for _ in range(2))
    said = {
        "plate": "沪A 00001",
        "legal_basis": "court_order",
        "document_no": "C-1",
        "requesting_org": "court",
        "requesting_officer": "Li",
        "reason": "debt",
        "begins_at": f"{clock.now():%Y-%m-%d}T00:00",
        "ends_at": f"{clock.now() + timedelta(days=30):%Y-%m-%d}T00:00",
    }
    for name in said:
        missing = signed_in(one).post(here.url("add_watch"), {**said, name: ""})
        assert missing.status_code == 422, name
    assert signed_in(one).post(here.url("add_watch"), said).status_code == 204
    entry = WatchEntry.objects.get(plate="沪A00001")
    assert signed_in(one).post(here.url("approve_watch", entry.pk)).status_code == 422
    assert signed_in(other).post(here.url("approve_watch", entry.pk)).status_code == 204


def test_entries_that_wait_for_approval_are_counted_beside_the_watch_list(here):
    security = hire(here.site, StandardRole.SECURITY)
    waiting = waiting_for_approval(here.site).count()

    def badge() -> int:
        heard = json.loads(signed_in(security).get(here.url("counts"))["HX-Trigger"])
        return heard["badges"]["approvals"] - waiting

    entry = WatchEntryFactory(site=here.site, approved_by=None, approved_at=None)
    assert badge() == 1
    approve_watch_entry(entry, security)
    assert badge() == 0


def test_times_are_entered_in_the_site_s_time_zone(here, manager):
    said = {"kind": "allow", "plate": "沪A00002", "reason": "tests"}
    manager.post(here.url("add_entry"), {**said, "begins_at": "2026-03-01T08:00"})
    entry = AccessListEntry.objects.get(plate="沪A00002")
    assert entry.begins_at.isoformat() == "2026-03-01T00:00:00+00:00"


def test_a_device_s_password_is_shown_once(here, manager):
    said = {"code": "cam-9", "kind": "camera", "driver": "gatehouse", "interval_s": "60"}
    answer = manager.post(here.url("register_device"), said)
    assert "data-secret" in text(answer)
    assert "no-store" in answer["Cache-Control"]
    device = Device.objects.get(code="cam-9")
    secret = text(answer).split("data-secret>")[1].split("<")[0]
    assert secret not in text(manager.get(here.url("device", device.pk)))


def test_a_device_registered_without_an_interval_has_its_driver_s(here, manager):
    said = {"code": "face-1", "kind": "face_terminal", "driver": "face-mqtt", "serial": "1306612"}
    assert "data-secret" in text(manager.post(here.url("register_device"), said))
    assert Device.objects.get(code="face-1").interval_s == 180


def test_a_code_in_use_is_rejected_at_its_field(here, manager):
    code = here.gate.entry.camera.code
    said = {"code": code, "kind": "camera", "driver": "gatehouse", "interval_s": "60"}
    answer = manager.post(here.url("register_device"), said)
    assert answer.status_code == 422
    assert "dialog_code_error" in text(answer)


def test_a_password_is_rotated_and_a_device_is_disabled(here, manager):
    device = here.gate.entry.camera
    assert "data-secret" in text(manager.post(here.url("rotate_device", device.pk)))
    assert manager.post(here.url("enable_device", device.pk)).status_code == 204
    device.refresh_from_db()
    assert not device.enabled


def test_a_dead_letter_s_payload_is_escaped(here, manager):
    shown = text(manager.get(here.url("dead_letter", here.letter.pk)))
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown


def test_a_dead_letter_rejected_again_shows_the_reason(here, manager):
    answer = manager.post(here.url("replay_letter", here.letter.pk))
    assert answer.status_code == 422
    assert DeadLetter.objects.get().replayed_at is None


def test_a_discarded_dead_letter_leaves_the_list(here, manager):
    assert manager.post(here.url("discard_letter", here.letter.pk)).status_code == 204
    assert manager.get(here.url("dead_letters")).context["rows"] == []


def test_dead_letters_of_no_site_are_shown_to_superusers_only(here, manager):
    letter = DeadLetter.objects.create(
        topic="x", payload=b"\xff", size=1, received_at=here.letter.received_at
    )
    address = here.url("dead_letter", letter.pk)
    assert manager.get(address).status_code == 404
    admin = signed_in(UserFactory(is_superuser=True))
    assert "ff" in text(admin.get(address))


def test_a_tariff_is_shown_in_words_with_a_preview(here, manager):
    shown = text(manager.get(here.url("tariff", here.tariff.pk)))
    assert "CN¥5.00 per started 60 min" in shown
    assert "Up to 15 minutes are free" in shown
    assert "CN¥360.00" in shown  # 72 hours at five yuan


def publication(here, document):
    return {
        "lot": here.gate.lot.pk,
        "valid_from": "2026-01-01T00:00",
        "document": json.dumps(document),
    }


def test_publishing_makes_the_next_version_and_keeps_the_last(here, manager):
    dearer = {**HOURLY, "elements": [{"id": "all", "steps": [{"unit": 60, "price": 600}]}]}
    confirmed = publication(here, dearer) | {"do": "confirm"}
    answer = manager.post(here.url("publish_tariff"), confirmed)
    assert answer.status_code == 303
    last, new = Tariff.objects.filter(lot=here.gate.lot).order_by("version")
    assert (last.pk, new.version) == (here.tariff.pk, last.version + 1)
    assert new.document["version"] == new.version


def test_checking_publishes_nothing(here, manager):
    answer = manager.post(here.url("publish_tariff"), publication(here, HOURLY))
    assert "Example prices" in text(answer)
    assert Tariff.objects.filter(lot=here.gate.lot).count() == 1


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({**HOURLY, "elements": [{"id": "a", "steps": [{"unit": 0, "price": 1}]}]}, "steps[0]"),
        ({**HOURLY, "currency": "EUR"}, "Currency"),
        ([], "Tariff"),
    ],
)
def test_an_invalid_tariff_is_rejected_with_the_path_of_the_error(here, manager, document, path):
    answer = manager.post(here.url("publish_tariff"), publication(here, document))
    assert answer.status_code == 422
    assert path in text(answer)
    assert Tariff.objects.filter(lot=here.gate.lot).count() == 1


def test_a_version_is_published_after_a_page_that_says_what_will_happen(here, manager):
    planned = publication(here, HOURLY) | {"valid_from": "2027-03-01T00:00"}
    shown = text(manager.post(here.url("publish_tariff"), planned))
    assert f"Publish {here.tariff.code}@{here.tariff.version + 1}?" in shown
    assert "on 2027-03-01 00:00. Until then you can withdraw it." in shown
    assert f"It replaces {here.tariff} for cars that enter from then on." in shown
    inside = Stay.objects.filter(lot=here.gate.lot, status="open").count()
    assert re.search(rf"{inside} cars? (is|are) inside and keeps? the version", shown)
    edited = text(manager.post(here.url("publish_tariff"), planned | {"do": "return"}))
    assert "Check and preview" in edited
    assert Tariff.objects.filter(lot=here.gate.lot).count() == 1


def test_a_version_that_starts_in_the_past_starts_at_once(here, manager):
    shown = text(manager.post(here.url("publish_tariff"), publication(here, HOURLY)))
    assert "as soon as you publish it, and cannot be withdrawn" in shown
    before = clock.now()
    manager.post(here.url("publish_tariff"), publication(here, HOURLY) | {"do": "confirm"})
    made = Tariff.objects.filter(lot=here.gate.lot).latest("pk")
    assert made.valid_from >= before


def test_a_version_is_withdrawn_while_its_start_lies_ahead(here, manager):
    later = publication(here, HOURLY) | {"valid_from": "2027-03-01T00:00", "do": "confirm"}
    manager.post(here.url("publish_tariff"), later)
    made = Tariff.objects.filter(lot=here.gate.lot).latest("pk")
    address = here.url("withdraw_tariff", made.pk)
    assert manager.post(address, {"reason": ""}).status_code == 422
    assert manager.post(address, {"reason": "Wrong cap"}).status_code == 204
    assert "withdrew this version" in text(manager.get(here.url("tariff", made.pk)))
    assert "withdrawn" in text(manager.get(here.url("tariffs")))
    assert manager.post(address, {"reason": "Again"}).status_code == 422
    started = here.url("withdraw_tariff", here.tariff.pk)
    assert manager.post(started, {"reason": "Too late"}).status_code == 422


def test_a_preview_names_ranges_that_differ_by_minutes_differently(here, manager):
    steps = [{"unit": 25, "price": 100}]
    document = {**HOURLY, "elements": [{"id": "all", "steps": steps}]}
    answer = manager.post(here.url("publish_tariff"), publication(here, document))
    column = re.findall(r"<td>((?:\d+ (?:day|days|h|min|s) ?)+)</td>", answer.text)
    assert "1 day 1 h 25 min" in column
    assert len(column) == len(set(column))


def test_a_preview_of_an_impossible_year_is_an_error_of_its_field(here, manager):
    page = manager.get(here.url("tariff", here.tariff.pk), {"entry": "3000-01-01T00:00"})
    assert "1970 and 2999" in text(page)
    planned = publication(here, HOURLY) | {"valid_from": "3000-01-01T00:00"}
    assert manager.post(here.url("publish_tariff"), planned).status_code == 422


def test_a_lot_of_another_site_is_not_offered(here, manager):
    from tests.factories import LotFactory

    said = publication(here, HOURLY) | {"lot": LotFactory().pk}
    assert manager.post(here.url("publish_tariff"), said).status_code == 422


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (StandardRole.TECHNICIAN, ["overview", "triage", "map", "cameras", "devices"]),
        (StandardRole.GUARD, ["overview", "lanes", "stays", "triage", "shifts"]),
        (StandardRole.MANAGER, ["overview", "lanes", "stays", "access", "triage"]),
    ],
)
def test_the_phone_s_tabs_are_what_the_role_uses_most(here, role, names):
    page = signed_in(hire(here.site, role)).get(here.url("map"))
    assert [item.url_name for item in page.context["most_used"]] == names
