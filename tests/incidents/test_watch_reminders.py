"""Reminders before a watch-list entry ends, to who is responsible for it."""

from datetime import timedelta

import pytest

from core import clock
from core.models import Notification
from core.permissions import StandardRole
from incidents.models import WatchEntry
from incidents.watch_reminders import AHEAD, remind_of_endings
from incidents.watch_renewals import renew_watch_entry
from tests.browsers import hire
from tests.factories import SiteFactory, WatchEntryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def creator(site):
    return hire(site, StandardRole.SECURITY)


def entry(site, creator, left=AHEAD - timedelta(hours=1), **more):
    return WatchEntryFactory(site=site, created_by=creator, ends_at=clock.now() + left, **more)


def test_the_creator_is_reminded_once_before_the_end(site, creator):
    ending = entry(site, creator)
    entry(site, creator, left=AHEAD + timedelta(hours=1))
    assert (remind_of_endings(), remind_of_endings()) == (1, 0)
    reminder = Notification.objects.get(recipient=creator)
    assert reminder.path.endswith(f"/watch-list/{ending.pk}/")
    assert ending.plate not in str(reminder.params), "a notification names no plate"


def test_no_reminder_for_an_entry_that_waits_or_has_a_renewal(site, creator):
    entry(site, creator, approved_by=None, approved_at=None)
    renewed = entry(site, creator)
    renew_watch_entry(
        renewed,
        creator,
        document_no="PR-2",
        requesting_org="District police",
        requesting_officer="Officer Li",
        reason="the inquiry goes on",
        ends_at=renewed.ends_at + timedelta(days=9),
    )
    assert remind_of_endings() == 0


def test_a_creator_without_the_permission_is_not_notified(site):
    entry(site, hire(site, StandardRole.GUARD))
    assert remind_of_endings() == 1
    assert not Notification.objects.exists()
    assert WatchEntry.objects.get().reminded_at is not None
