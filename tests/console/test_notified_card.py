"""The page of an incident shows who was notified of it, to those who may know."""

import pytest
from django.urls import reverse

from core import clock
from core.notifications import notify
from core.permissions import StandardRole
from incidents.escalation.notices import subject_of
from incidents.services import raise_incident
from tests.browsers import hire, signed_in, text
from tests.factories import SiteFactory
from tests.notices import declare_kind, leak

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("role", "is_shown"), [("security", True), ("guard", False)])
def test_the_card_names_persons_and_channels(role: str, is_shown: bool) -> None:
    declare_kind()
    site = SiteFactory()
    guard = hire(site, StandardRole.GUARD)
    incident = raise_incident(site.pk, "smoke_fire", "device:1", "extreme", clock.now(), {})
    notify(leak(site, guard, group_key=subject_of(incident.pk)))
    page = signed_in(hire(site, role)).get(
        reverse("console:incident", args=[site.slug, incident.pk])
    )
    assert ("Bell: sent" in text(page)) == is_shown
