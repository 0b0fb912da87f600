"""Incidents that people report: what they saw, where, and how bad it is."""

import pytest

from core.errors import Rejection
from core.models import AuditEntry
from incidents import kinds
from incidents.models import Incident
from incidents.reported_kinds import reportable
from incidents.services.reporting import MAX_SEEN, Report, report_incident
from tests.factories import (
    BuildingFactory,
    GateFactory,
    LotFactory,
    SiteFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
RING = [[121.0, 31.0], [121.2, 31.0], [121.2, 31.2], [121.0, 31.2], [121.0, 31.0]]


@pytest.fixture
def site():
    return SiteFactory()


def reported(site, **changed):
    values = {"kind": "theft", "seen": "a bicycle", "exact": "by the lift"} | changed
    return report_incident(site, UserFactory(), Report(**values))


@pytest.mark.parametrize("kind", [each.code for each in reportable()])
def test_each_reportable_kind_begins_with_its_severity_and_certainty(site, kind):
    incident = reported(site, kind=kind)
    assert incident.severity == kinds.get(kind).severity
    assert incident.certainty == kinds.get(kind).certainty
    assert incident.state == "detected"


def test_what_endangers_people_is_listed_first_and_other_incidents_last():
    listed = [kind.code for kind in reportable()]
    assert listed[-1] == "other_incident"
    assert listed.index("medical") < listed.index("theft")
    assert "device_offline" not in listed
    assert "plate_watchlist" not in listed


def test_each_report_is_an_incident_of_its_own(site):
    assert reported(site) != reported(site)
    assert Incident.objects.filter(occurrences=1).count() == 2


def test_the_words_stand_in_its_occurrence_and_the_name_in_its_timeline(site):
    incident = reported(site, seen=" a man with a crowbar ", severity="severe")
    assert incident.log.get().detail == {"seen": "a man with a crowbar"}
    assert incident.severity == "severe"
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.subject_id) == ("report incident", str(incident.pk))
    assert incident.timeline.get(code="reported").actor.get_username() == entry.actor


def test_a_report_is_placed_at_a_gate_a_building_or_a_car_park(site):
    gate = GateFactory(site=site, name="North", longitude=121.5, latitude=31.5)
    building = BuildingFactory(site=site, name="Tower 3", outline=[RING])
    lot = LotFactory(site=site, name="P1", outline=[RING])
    at_gate = reported(site, where=f"gate:{gate.pk}")
    assert at_gate.place == "North · by the lift"
    assert (at_gate.longitude, at_gate.latitude) == (121.5, 31.5)
    inside = reported(site, where=f"building:{building.pk}", exact="")
    assert (inside.place, inside.building) == ("Tower 3", building)
    assert inside.longitude == pytest.approx(121.1)
    parked = reported(site, where=f"lot:{lot.pk}", exact="x" * 80)
    assert parked.lot == lot


def test_a_place_without_an_outline_has_no_position(site):
    lot = LotFactory(site=site, name="P1", outline=[])
    assert reported(site, where=f"lot:{lot.pk}").longitude is None


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"kind": "device_offline"}, "kind", "not_a_choice"),
        ({"kind": "dragon"}, "kind", "not_a_choice"),
        ({"severity": "huge"}, "severity", "not_a_choice"),
        ({"seen": " "}, "seen", "missing"),
        ({"seen": "x" * (MAX_SEEN + 1)}, "seen", "too_long"),
        ({"exact": " "}, "exact", "missing"),
        ({"where": "gate:999999"}, "where", "not_a_choice"),
        ({"where": "gate:²"}, "where", "not_a_choice"),
        ({"where": f"gate:{'9' * 5000}"}, "where", "not_a_choice"),
        ({"where": "dragon"}, "where", "not_a_choice"),
    ],
)
def test_an_incomplete_report_raises_no_incident(site, changed, field, code):
    with pytest.raises(Rejection) as refused:
        reported(site, **changed)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert not Incident.objects.exists()


def test_a_place_of_another_site_is_unknown(site):
    elsewhere = GateFactory()
    with pytest.raises(Rejection, match="unknown place"):
        reported(site, where=f"gate:{elsewhere.pk}")
