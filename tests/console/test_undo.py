"""Undoing a bulk action of a list: for a while, by the person who did it, all rows or none."""

import json
from datetime import timedelta

import pytest

from access.models import AccessListEntry
from core import clock, undo
from core.models import AuditEntry, UndoableChange
from core.permissions import StandardRole
from devices.services import set_enabled
from tests.browsers import hire, signed_in, text
from tests.factories import DeviceFactory, MembershipFactory
from ui import jobs

pytestmark = pytest.mark.django_db

# By the action's address: the list, the action, the row of the world, and what the undo audits.
UNDOABLE = [
    ("access", "bulk_entries", "end", "entry", "continue on allow list"),
    ("access_vehicles", "bulk_vehicles", "end", "vehicle", "continue vehicle"),
    ("access_passes", "bulk_passes", "end", "visit", "reinstate visitor pass"),
    ("incidents", "bulk_incidents", "acknowledge", "incident", "withdraw acknowledgement"),
    ("devices", "bulk_devices", "disable", "sensor", "enable device"),
]
UNCHANGING = ("_state", "state_since", "status_at")


def confirm(client, here, url_name, action, *rows):
    chosen = "&".join(f"row={row.pk}" for row in rows)
    address = f"{here.url(url_name, action)}?{chosen}"
    answer = client.post(address, {"confirmed_rows": len(rows)})
    assert answer.status_code == 204, text(answer)


def undone(client, here, url_name):
    """Undo the latest change, and return the notice."""
    latest = UndoableChange.objects.latest("pk")
    answer = client.post(here.url(url_name, "undo"), {"change": latest.pk})
    assert answer.status_code == 204
    return json.loads(answer["HX-Trigger"])["notice"]


def values(row):
    row.refresh_from_db()
    return {name: value for name, value in vars(row).items() if name not in UNCHANGING}


@pytest.fixture
def everyone(here):
    """Someone who may do whatever the lists offer."""
    user = hire(here.site, StandardRole.MANAGER)
    for role in (StandardRole.TECHNICIAN, StandardRole.SECURITY):
        MembershipFactory(site=here.site, user=user, role=role)
    return signed_in(user)


@pytest.fixture
def devices(here):
    return [DeviceFactory(site=here.site, code=f"yard-{n}", enabled=True) for n in range(3)]


@pytest.mark.parametrize(("page", "url_name", "action", "row", "audited"), UNDOABLE)
def test_an_undone_row_is_as_it_was_before(here, everyone, page, url_name, action, row, audited):
    one = getattr(here, row)
    before = values(one)
    confirm(everyone, here, url_name, action, one)
    assert values(one) != before
    assert "Undo" in text(everyone.get(here.url(page)))
    assert undone(everyone, here, url_name)["text"] == "Undone: 1 row is as it was before."
    assert values(one) == before
    assert AuditEntry.objects.filter(site=here.site, action=audited).exists()


@pytest.mark.parametrize(("page", "url_name", "action", "row", "audited"), UNDOABLE)
def test_the_confirmation_says_that_it_can_be_undone(
    here, everyone, page, url_name, action, row, audited
):
    address = f"{here.url(url_name, action)}?row={getattr(here, row).pk}"
    assert "You can undo this for 10 minutes." in text(everyone.get(address))


def test_the_confirmation_of_what_cannot_be_undone_says_so(here, everyone):
    address = f"{here.url('bulk_watch', 'end')}?row={here.watch.pk}"
    assert "This can&#x27;t be undone." in text(everyone.get(address))


def test_only_rows_that_the_action_changed_are_restored(here, everyone, devices):
    set_enabled(devices[0], False)
    confirm(everyone, here, "bulk_devices", "disable", *devices)
    undone(everyone, here, "bulk_devices")
    assert [each["enabled"] for each in map(values, devices)] == [False, True, True]


def test_an_undo_is_refused_as_a_whole_once_a_row_was_changed_since(here, everyone, devices):
    confirm(everyone, here, "bulk_devices", "disable", *devices)
    set_enabled(devices[1], True)
    notice = undone(everyone, here, "bulk_devices")
    assert notice["kind"] == "warning"
    assert notice["text"].startswith("1 of 3 rows were changed since, so none was restored.")
    assert [each["enabled"] for each in map(values, devices)] == [False, True, False]


def test_an_entry_whose_plate_was_listed_again_is_not_continued(here, everyone):
    confirm(everyone, here, "bulk_entries", "end", here.entry)
    again = AccessListEntry.objects.get(pk=here.entry.pk)
    again.pk, again.begins_at, again.ends_at = None, again.ends_at, None
    again.save()
    assert "is on this list already" in undone(everyone, here, "bulk_entries")["text"]


def test_a_change_is_undone_once(here, everyone, devices):
    confirm(everyone, here, "bulk_devices", "disable", *devices)
    undone(everyone, here, "bulk_devices")
    assert "can no longer be undone" in undone(everyone, here, "bulk_devices")["text"]
    assert "possible until" not in text(everyone.get(here.url("devices")))


def test_a_change_is_not_undone_after_a_while(here, everyone, devices, monkeypatch):
    confirm(everyone, here, "bulk_devices", "disable", *devices)
    later = clock.now() + undo.VALID_FOR + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "can no longer be undone" in undone(everyone, here, "bulk_devices")["text"]
    jobs.delete_old_changes()
    assert not UndoableChange.objects.exists()


def test_another_person_s_change_cannot_be_undone(here, everyone, devices):
    confirm(everyone, here, "bulk_devices", "disable", *devices)
    other = signed_in(hire(here.site, StandardRole.TECHNICIAN))
    assert "possible until" not in text(other.get(here.url("devices")))
    assert undone(other, here, "bulk_devices")["kind"] == "warning"
    assert not values(devices[0])["enabled"]


def test_an_undo_needs_the_permission_of_its_action(here, everyone, guard, devices):
    confirm(everyone, here, "bulk_devices", "disable", *devices)
    UndoableChange.objects.update(user=guard.session["_auth_user_id"])
    latest = UndoableChange.objects.get()
    answer = guard.post(here.url("bulk_devices", "undo"), {"change": latest.pk})
    assert answer.status_code == 403
    assert everyone.get(here.url("bulk_devices", "undo")).status_code == 405
