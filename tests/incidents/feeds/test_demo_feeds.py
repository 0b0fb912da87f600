"""The feeds of the demo: one for real incidents and one for exercises, both approved."""

import pytest

from incidents.feeds import demo
from incidents.models import FeedEndpoint, SiteKey
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_the_demo_has_approved_feeds_of_cap_and_a_signing_key():
    site = SiteFactory()
    demo.add_feeds(site, UserFactory(), UserFactory())
    found = FeedEndpoint.objects.filter(site=site).order_by("exercise")
    assert [(each.kind, each.exercise) for each in found] == [
        ("cap_atom", False),
        ("cap_atom", True),
    ]
    assert not found.filter(approved_by=None).exists()
    assert SiteKey.objects.filter(site=site).count() == 1
