"""Statistics of incidents, compared with an independent computation over all rows."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents import statistics
from incidents.models import AlarmRule, Incident
from tests.factories import DeviceFactory, SiteFactory, UserFactory, WatchEntryFactory
from tests.incidents.alarms import add

pytestmark = pytest.mark.django_db
# Monday at midnight in Shanghai, the site's clock.
WORST_FIRST = ["extreme", "severe", "moderate", "minor"]
BEGIN = datetime(2026, 3, 1, 16, tzinfo=UTC)
END = BEGIN + timedelta(days=28)
KINDS = ("device_alarm", "tailgating")
minutes = st.integers(-3, 500)
facts = st.fixed_dictionaries(
    {
        "began": st.integers(-300, 60 * 24 * 29),  # minutes after BEGIN
        "kind": st.sampled_from(KINDS),
        "severity": st.sampled_from(("minor", "severe")),
        "device": st.integers(0, 2),
        "acked": st.none() | minutes,
        "reviewed": st.none() | minutes,
        "false": st.booleans(),
        "late": st.booleans(),
        "exercise": st.booleans(),
        "occurrences": st.integers(1, 5),
    }
)


def percentile(values: list[timedelta], share: float) -> timedelta | None:
    """The continuous percentile: interpolated between the neighbours of its rank."""
    if not values:
        return None
    ordered, rank = sorted(values), share * (len(values) - 1)
    low = int(rank)
    high = min(low + 1, len(values) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)


def made(site, devices, user, each) -> Incident:
    began = BEGIN + timedelta(minutes=each["began"])
    after = lambda name: (  # noqa: E731
        None if each[name] is None else began + timedelta(minutes=each[name])
    )
    reviewed = after("reviewed")
    state = "detected" if reviewed is None else "false_alarm" if each["false"] else "closed"
    return Incident.objects.create(
        site=site,
        kind=each["kind"],
        source=f"device:{devices[each['device']].pk}:{Incident.objects.count()}",
        severity=each["severity"],
        state=state,
        first_at=began,
        last_at=began,
        occurrences=each["occurrences"],
        acked_at=after("acked"),
        acked_by=user if each["acked"] is not None else None,
        reviewed_at=reviewed,
        reviewed_by=user if reviewed else None,
        ended_at=reviewed,
        late=each["late"],
        exercise=each["exercise"],
    )


def counted(rows: list[Incident]) -> list[Incident]:
    """What a period counts."""
    return [each for each in rows if BEGIN <= each.first_at < END and not each.exercise]


def since(incident, at) -> timedelta:
    return max(timedelta(0), at - incident.first_at)


def close(found, expected) -> bool:
    if found is None or expected is None:
        return found is expected
    return abs(found - expected) < timedelta(milliseconds=1)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(facts, max_size=14))
def test_figures_equal_those_computed_row_by_row(listed):
    Incident.objects.all().delete()
    site, user = SiteFactory(), UserFactory()
    devices = [DeviceFactory(site=site) for _each in range(3)]
    rows = counted([made(site, devices, user, each) for each in listed])
    check_times(site, [each for each in rows if not each.late])
    check_false_alarms(site, devices, rows)
    check_recurring(site, devices, rows)


def week_of(incident) -> datetime:
    return BEGIN + (incident.first_at - BEGIN) // timedelta(7) * timedelta(7)


def check_times(site, rows):
    keys = {
        statistics.KIND: lambda each: each.kind,
        statistics.SEVERITY: lambda each: each.severity,
        # Weeks begin on Monday by the site's clock, as the period does.
        statistics.WEEK: lambda each: (
            BEGIN + (each.first_at - BEGIN) // timedelta(7) * timedelta(7)
        ),
    }
    for by, key in keys.items():
        groups = defaultdict(list)
        for each in rows:
            groups[key(each)].append(each)
        found = statistics.response_times(site, BEGIN, END, by)
        order = WORST_FIRST.index if by == statistics.SEVERITY else None
        assert [each.key for each in found] == sorted(groups, key=order)
        for each in found:
            group = groups[each.key]
            acked = [since(one, one.acked_at) for one in group if one.acked_at]
            reviewed = [since(one, one.reviewed_at) for one in group if one.reviewed_at]
            counts = (each.incidents, each.acknowledged, each.reviewed)
            assert counts == (len(group), len(acked), len(reviewed))
            for values, pair in ((acked, each.to_acknowledge), (reviewed, each.to_review)):
                assert close(pair[0], median(values) if values else None)
                assert close(pair[1], percentile(values, 0.9))


def about(incident, devices) -> str:
    number = int(incident.source.split(":")[1])
    return next(device.code for device in devices if device.pk == number)


def check_false_alarms(site, devices, rows):
    expected = defaultdict(lambda: [0, 0])
    for each in rows:
        if each.reviewed_by_id is not None:
            expected[about(each, devices)][0] += 1
            expected[about(each, devices)][1] += each.state == "false_alarm"
    found = statistics.false_alarms(site, BEGIN, END, statistics.DEVICE)
    assert {each.name: [each.reviewed, each.false] for each in found} == expected
    assert [each.false for each in found] == sorted((each.false for each in found), reverse=True)


def check_recurring(site, devices, rows):
    expected = defaultdict(lambda: [0, 0])
    for each in rows:
        expected[about(each, devices)][0] += 1
        expected[about(each, devices)][1] += each.occurrences
    found = statistics.recurring(site, BEGIN, END, statistics.DEVICE)
    assert {each.name: [each.incidents, each.occurrences] for each in found} == {
        name: counts for name, counts in expected.items() if counts[0] >= 2
    }


def incident(site, number, **values):
    """An incident of the period, reviewed as a false alarm unless told otherwise."""
    user = UserFactory()
    fields = {"kind": "device_alarm", "severity": "minor", "state": "false_alarm"} | values
    at = BEGIN + timedelta(hours=number)
    times = {"first_at": at, "last_at": at, "reviewed_at": at, "reviewed_by": user}
    return Incident.objects.create(site=site, source=f"watch:{number}", **times, **fields)


def test_false_alarms_of_rules_have_their_share():
    site = SiteFactory()
    rule = add(site)
    for number, state in enumerate(("false_alarm", "cancelled", "closed", "confirmed")):
        incident(site, number, rule=rule, state=state)
    incident(site, 9)  # of no rule
    (found,) = statistics.false_alarms(site, BEGIN, END, statistics.RULE)
    assert (found.name, found.reviewed, found.false, found.share) == ("too hot", 4, 2, 0.5)


def test_rules_places_and_plates_recur():
    site = SiteFactory()
    rule, entry = add(site), WatchEntryFactory(site=site, plate="沪A12345")
    for number in range(2):
        incident(site, number, rule=rule, place="Garage", watch_entry=entry)
    incident(site, 2, place="Yard")
    incident(site, 3, place="")
    incident(site, 4, place="")
    for by, name in (
        (statistics.RULE, "too hot"),
        (statistics.PLACE, "Garage"),
        (statistics.PLATE, "沪A12345"),
    ):
        (found,) = statistics.recurring(site, BEGIN, END, by)
        assert (found.name, found.incidents) == (name, 2)


def test_another_site_has_its_own_figures():
    incident(SiteFactory(), 0)
    site = SiteFactory()
    assert AlarmRule.objects.filter(site=site).count() == 0
    assert statistics.response_times(site, BEGIN, END, statistics.KIND) == []
    assert statistics.false_alarms(site, BEGIN, END, statistics.DEVICE) == []
