"""The watch-list as a list: filters, and ending several entries with one reason."""

import json
from datetime import timedelta

import pytest

from core import clock
from core.models import AuditEntry
from core.permissions import StandardRole
from incidents.models import WatchEntry
from incidents.services import end_watch_entry, review
from tests.browsers import hire, signed_in, text
from tests.factories import UserFactory, WatchEntryFactory
from tests.rooms import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def security(here):
    """The browser of the site's security."""
    return signed_in(hire(here.site, StandardRole.SECURITY))


@pytest.fixture
def waiting(here):
    """An entry that another person has to approve."""
    return WatchEntryFactory(
        site=here.site, plate="沪W00001", folded="沪W00001", approved_by=None, approved_at=None
    )


def plates(client, here, **query):
    return {row.plate for row in client.get(here.url("watch_list"), query).context["rows"]}


def end(client, here, *rows, reason="case closed"):
    chosen = "&".join(f"row={row.pk}" for row in rows)
    address = f"{here.url('bulk_watch', 'end')}?{chosen}"
    return client.post(address, {"confirmed_rows": len(rows), "reason": reason})


def test_the_list_opens_with_entries_that_have_not_ended(here, security, waiting):
    end_watch_entry(waiting, UserFactory(), "found")
    assert plates(security, here) == {here.watch.plate}
    assert plates(security, here, state="ended") == {waiting.plate}


def test_entries_are_filtered_by_state_and_basis(here, security, waiting):
    assert plates(security, here, state="waiting") == {waiting.plate}
    assert plates(security, here, state="approved") == {here.watch.plate}
    bases = set(WatchEntry.Basis.values) - {waiting.legal_basis, here.watch.legal_basis}
    assert plates(security, here, basis=bases.pop()) == set()
    assert plates(security, here, since=f"{clock.now() + timedelta(days=999):%Y-%m-%dT%H:%M}") == (
        set()
    )


def test_a_searched_plate_is_not_in_the_address(here, security, waiting):
    answer = security.post(here.url("watch_list"), {"q": "W00001", "filter": "1"})
    assert "W00001" not in answer["Location"]
    assert waiting.plate in text(security.get(answer["Location"]))


def test_several_entries_end_with_one_reason_that_each_keeps(here, security, waiting):
    assert end(security, here, waiting, here.watch).status_code == 204
    entries = AuditEntry.objects.filter(action="end watch-list entry")
    assert [each.detail["reason"] for each in entries] == ["case closed"] * 2
    assert plates(security, here) == set()
    again = end(security, here, waiting)
    assert json.loads(again["HX-Trigger"])["notice"]["text"].startswith("0 of 1 rows changed.")


def test_entries_do_not_end_without_a_reason(here, security, waiting):
    assert end(security, here, waiting, reason="").status_code == 422
    assert waiting.plate in plates(security, here)


def test_an_entry_of_another_site_does_not_end(here, security, waiting):
    there = World.build()
    end(security, here, waiting, there.watch)
    there.watch.refresh_from_db()
    assert there.watch.ends_at > clock.now()


def test_an_export_of_the_watch_list_is_audited(here, security):
    security.get(here.url("watch_list"), {"export": "csv"})
    assert AuditEntry.objects.filter(action="export list", subject_id="watch_list").exists()


def test_a_renewal_from_the_dialog_waits_for_another_person(here, security):
    address = here.url("renew_watch", here.watch.pk)
    assert here.watch.requesting_org in text(security.get(address))
    form = {
        "document_no": "PR-2026-002",
        "requesting_org": here.watch.requesting_org,
        "requesting_officer": here.watch.requesting_officer,
        "reason": "the inquiry goes on",
        "ends_at": f"{here.watch.ends_at + timedelta(days=20):%Y-%m-%dT%H:%M}",
    }
    assert security.post(address, form).status_code == 204
    renewal = WatchEntry.objects.get(renews=here.watch)
    page = text(security.get(here.url("watch_entry", renewal.pk)))
    assert "waiting for approval" in page
    assert here.url("watch_entry", here.watch.pk) in page, "the earlier period is listed"
    assert here.url("approve_watch", renewal.pk) not in page, "not by the person who renewed"
    assert here.url("approve_watch", renewal.pk) in text(
        signed_in(hire(here.site, StandardRole.SECURITY)).get(here.url("watch_entry", renewal.pk))
    )


def test_a_period_that_is_too_long_is_refused_at_its_field(here, security):
    form = {
        "document_no": "PR-2026-002",
        "requesting_org": "District police",
        "requesting_officer": "Officer Li",
        "reason": "the inquiry goes on",
        "ends_at": f"{here.watch.ends_at + timedelta(days=92):%Y-%m-%dT%H:%M}",
    }
    answer = security.post(here.url("renew_watch", here.watch.pk), form)
    assert answer.status_code == 422
    assert "onger than 90 days" in text(answer)


def test_the_list_shows_hits_by_entry_and_by_basis(here, security):
    review(here.incident, UserFactory(), confirmed=False, reason="another car")
    page = text(security.get(here.url("watch_list")))
    assert "1: 0 confirmed, 1 false" in page
    assert "Hits by legal basis" in page
    assert ">0 %<" in page.replace("\n", "").replace("  ", "")
