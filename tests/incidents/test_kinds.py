"""Kinds of incidents: what each room registers, as the incident map of the specification says."""

import pytest
from django.utils.translation import override

from core import clock
from incidents import kinds, services, timeline
from incidents.kinds import Kind
from tests.factories import SiteFactory, UserFactory

#: Categories, urgency, severity, certainty, and whether authorities may be notified of it.
MAP = {
    "sos": ("Rescue+Security", "immediate", "extreme", "observed", True),
    "smoke_fire": ("Fire", "immediate", "extreme", "likely", True),
    "intrusion": ("Security", "immediate", "severe", "possible", True),
    "plate_watchlist": ("Security", "immediate", "severe", "likely", True),
    "fire_lane_occupied": ("Fire+Safety", "expected", "moderate", "observed", True),
    "tailgating": ("Security", "expected", "minor", "likely", True),
    "device_tampered": ("Infra+Security", "immediate", "moderate", "observed", True),
    "device_offline": ("Infra", "expected", "minor", "observed", False),
}


@pytest.mark.parametrize(("code", "expected"), MAP.items())
def test_a_kind_is_as_the_incident_map_says(code, expected):
    kind = kinds.get(code)
    categories = "+".join(kind.categories)
    found = (categories, kind.urgency, kind.severity, kind.certainty, kind.dispatchable)
    assert found == expected


def test_a_kind_is_security_expected_possible_and_stays_inside_unless_it_says_otherwise():
    kind = Kind("x", "x")
    assert (kind.categories, kind.urgency, kind.certainty) == (
        ("Security",),
        "expected",
        "possible",
    )
    assert not kind.dispatchable


def test_a_code_is_registered_once_and_fits_its_column():
    for code in ("sos", "x" * 41, "no identifier"):
        with pytest.raises(ValueError, match=code):
            kinds.register(Kind(code, code))


@pytest.mark.django_db
def test_only_registered_kinds_are_raised_and_others_are_called_by_their_code():
    with pytest.raises(LookupError, match="unheard_of"):
        services.raise_incident(SiteFactory().pk, "unheard_of", "x", "minor", clock.now(), {})
    assert kinds.get("unheard_of").label == "unheard_of"


@pytest.mark.django_db
def test_the_certainty_is_the_kinds_until_a_person_confirms():
    site = SiteFactory()
    incident = services.raise_incident(site.pk, "intrusion", "zone:1", "severe", clock.now(), {})
    assert incident.certainty == "possible"
    reviewed = services.review(incident, UserFactory(), confirmed=True, reason="seen on camera")
    assert reviewed.certainty == "observed"


@pytest.mark.django_db
def test_the_timeline_says_who_did_what_in_the_readers_language():
    site, guard = SiteFactory(), UserFactory()
    incident = services.raise_incident(site.pk, "intrusion", "zone:1", "minor", clock.now(), {})
    services.raise_incident(site.pk, "intrusion", "zone:1", "severe", clock.now(), {})
    services.acknowledge(incident, guard)
    services.review(incident, guard, confirmed=False, reason="a cat")
    entries = list(timeline.of(incident))
    assert [(each.code, each.actor) for each in reversed(entries)] == [
        ("raised", None),
        ("severity_rose", None),
        ("acknowledged", guard),
        ("false_alarm", guard),
    ]
    with override("en"):
        assert timeline.describe(entries[0]) == "False alarm: a cat"
        assert timeline.describe(entries[2]) == "Severity rose to severe"
