"""Notices of one group that come in several transactions at once."""

import pytest

from core.models import Notification, NotificationDelivery
from core.notifications import channels, notify
from tests.at_once import at_once
from tests.factories import MembershipFactory, SiteFactory
from tests.notices import RecordingChannel, declare_kind, leak

pytestmark = pytest.mark.django_db(transaction=True)


def test_they_are_one_notification_of_each_person_and_one_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declare_kind()
    monkeypatch.setattr(channels, "_channels", {"mail": RecordingChannel()})
    site = SiteFactory()
    people = [MembershipFactory(site=site).user for _ in range(3)]
    # In different orders, as callers list them: locks are taken in the order of the persons.
    at_once(*(lambda n=n: notify(leak(site, *people[n:], *people[:n])) for n in range(3)))
    counts = Notification.objects.order_by("recipient").values_list("recipient", "count")
    assert list(counts) == [(user.pk, 3) for user in people]
    assert NotificationDelivery.objects.filter(channel="mail").count() == 3
