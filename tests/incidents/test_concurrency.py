"""Concurrency: several processes raise a cause while a person ends the incident."""

from functools import partial

import pytest
from django.db.models import Sum

from core import clock
from incidents import services
from incidents.models import Incident
from tests.at_once import at_once
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_concurrent_raises_and_ends_count_each_cause_once():
    site = SiteFactory()
    raises = partial(
        services.raise_incident,
        site.pk,
        "device_offline",
        "device:1",
        Incident.Severity.MINOR,
        clock.now(),
        {},
    )
    clears = partial(services.clear, site.pk, "device_offline", "device:1")
    at_once(*[raises, clears] * 8)
    assert Incident.objects.aggregate(seen=Sum("occurrences"))["seen"] == 8
    assert Incident.objects.exclude(state__in=Incident.ENDED).count() <= 1
