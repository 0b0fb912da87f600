"""Alarm rules are added, changed, enabled and disabled; each change is a version."""

from datetime import timedelta

import pytest

from core import clock, jobs
from core.errors import Rejection
from core.models import AuditEntry, Run
from core.runs import work
from devices.models import DeviceEvent
from devices.telemetry.models import Measurement, Metric, MinuteRollUp
from incidents.alarms import editing, past, trials
from incidents.models import AlarmPeriod, AlarmRule, AlarmState, Incident
from tests.factories import (
    BuildingFactory,
    DeviceFactory,
    LotFactory,
    SiteFactory,
    UnitFactory,
    UserFactory,
)
from tests.incidents.alarms import HITS, HOT, SILENT, add, enabled, measure, values

pytestmark = pytest.mark.django_db


def test_a_rule_is_added_disabled_with_its_first_version():
    user = UserFactory()
    rule = editing.add_rule(SiteFactory(), user, values(HOT))
    assert (rule.enabled, rule.version, rule.versions.get().changed_by) == (False, 1, user)
    assert AuditEntry.objects.get().action == "add alarm rule"


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"name": " "}, "name", "missing"),
        ({"severity": "worst"}, "severity", "not_a_choice"),
        ({"condition": HOT | {"clear": 70}}, "condition.clear", "clear_beyond_limit"),
        ({"condition": HOT | {"kind": "weather"}}, "condition.kind", "kind_unknown"),
        (
            {"condition": {"type": "all", "parts": [HOT, HITS | {"kind": "passage"}]}},
            "condition.kind",
            "sources_differ",
        ),
    ],
)
def test_an_invalid_rule_is_rejected_at_its_field(changed, field, code):
    fields = {"condition": HOT} | changed
    with pytest.raises(Rejection) as rejected:
        editing.add_rule(SiteFactory(), UserFactory(), values(**fields))
    assert (rejected.value.field, rejected.value.code) == (field, code)
    assert rejected.value.message
    assert not AlarmRule.objects.exists()


def test_a_name_is_taken_once_at_a_site():
    site = SiteFactory()
    add(site)
    with pytest.raises(Rejection) as rejected:
        add(site)
    assert rejected.value.code == "name_taken"
    assert add(SiteFactory())


def test_a_rule_has_one_place():
    site = SiteFactory()
    building = BuildingFactory(site=site)
    with pytest.raises(Rejection) as rejected:
        add(site, lot=LotFactory(site=site), building=building)
    assert (rejected.value.field, rejected.value.code) == ("building", "two_places")


def test_devices_and_places_of_another_site_are_rejected():
    site = SiteFactory()
    places = ({"lot": LotFactory()}, {"building": BuildingFactory()}, {"unit": UnitFactory()})
    for foreign in ({"devices": [DeviceFactory()]}, *places):
        with pytest.raises(Rejection) as rejected:
            add(site, **foreign)
        assert rejected.value.code == "other_site"


def test_a_change_is_a_new_version_and_the_audit_log_shows_what_was_changed():
    rule, user = add(SiteFactory()), UserFactory()
    editing.change_rule(rule, user, values(HOT, name="hot", severity="severe"))
    rule.refresh_from_db()
    assert (rule.version, [each.values["name"] for each in rule.versions.all()]) == (
        2,
        ["hot", "too hot"],
    )
    detail = AuditEntry.objects.latest("pk").detail
    assert detail == {
        "name": ["too hot", "hot"],
        "severity": ["moderate", "severe"],
        "version": [1, 2],
    }


def test_a_change_of_what_someone_else_has_changed_meanwhile_is_rejected():
    rule = add(SiteFactory())
    with pytest.raises(Rejection) as rejected:
        editing.change_rule(rule, UserFactory(), values(HOT), revision="0" * 16)
    assert rejected.value.code == "changed_meanwhile"


def test_a_changed_rule_forgets_what_it_watched_and_clears_its_incidents():
    device = DeviceFactory(kind="sensor", driver="gatehouse")
    rule = enabled(device.site)
    measure(device, 61.0, ago=1)
    editing.change_rule(rule, UserFactory(), values(HOT | {"limit": 70}))
    assert Incident.objects.get().cleared
    assert not AlarmState.objects.exists()
    assert not AlarmPeriod.objects.filter(ended_at=None).exists()
    measure(device, 65.0)
    assert Incident.objects.get().cleared


def test_a_disabled_rule_raises_nothing_and_an_enabled_one_ignores_the_past():
    device = DeviceFactory(kind="sensor", driver="gatehouse")
    rule = enabled(device.site)
    editing.disable_rule(rule, UserFactory())
    measure(device, 61.0, ago=20)
    editing.enable_rule(rule, UserFactory())
    measure(device, 61.0, ago=10)
    jobs.run_waiting()
    assert not Incident.objects.exists()


def test_enabling_watches_for_the_silence_of_every_device_that_has_reported_at_once():
    device = DeviceFactory(kind="sensor", driver="gatehouse")
    DeviceFactory(kind="sensor", site=device.site)
    measure(device, 20.0)
    measure(DeviceFactory(kind="meter", driver="gatehouse", site=device.site), 20.0)
    enabled(device.site, SILENT, device_kind="sensor")
    assert AlarmState.objects.get().source == f"device:{device.pk}"


def test_a_site_has_a_limited_number_of_rules(monkeypatch):
    monkeypatch.setattr(editing, "MAX_RULES", 1)
    site = SiteFactory()
    add(site)
    with pytest.raises(Rejection, match="at most 1"):
        add(site, name="another")


def tried(rule):
    """A finished trial of the rule."""
    run = trials.start_trial(rule, UserFactory())
    work(run.pk)
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    return run


def test_a_trial_counts_what_would_have_been_raised_in_the_past_30_days():
    device = DeviceFactory(kind="sensor", driver="gatehouse")
    DeviceFactory(site=device.site, kind="sensor")
    for hours in range(5):
        measure(device, 61.0, ago=hours * 3600 + 100)
        measure(device, 50.0, ago=hours * 3600 + 50)
    measure(device, 61.0, ago=31 * 86_400)
    rule = add(device.site)
    run = tried(rule)
    assert (run.result["raised"], run.result["sources"], run.done) == (5, 1, 2)
    assert run.result["used"] == [past.RAW]
    begins = [each["began_at"] for each in run.result["periods"]]
    assert begins == sorted(begins, reverse=True)
    assert not Incident.objects.exists()


def test_a_trial_counts_silence_from_the_first_report_on():
    device = DeviceFactory(kind="sensor", driver="gatehouse")
    never = DeviceFactory(site=device.site, kind="sensor", driver="gatehouse")
    measure(device, 20.0, ago=3 * 3600)
    measure(device, 20.0, ago=600)
    rule = add(device.site, SILENT)
    assert [tried(rule).result[name] for name in ("raised", "sources")] == [1, 1]
    named = add(device.site, SILENT, name="named", devices=[never])
    assert [tried(named).result[name] for name in ("raised", "sources")] == [1, 1]


def test_a_trial_counts_the_silence_of_a_device_that_reported_before_its_time():
    device = DeviceFactory(kind="sensor", driver="gatehouse")
    measure(device, 20.0, ago=40 * 86_400)
    metric = Metric.objects.get()
    at = (clock.now() - timedelta(days=40)).replace(second=0, microsecond=0)
    values = {"count": 1, "sum": 20.0, "low": 20.0, "high": 20.0}
    MinuteRollUp.objects.create(device=device, metric=metric, at=at, **values)
    assert tried(add(device.site, SILENT)).result["raised"] == 1


def test_a_trial_reads_minutes_where_measurements_are_not_kept(settings):
    device = DeviceFactory(kind="sensor", driver="gatehouse")
    measure(device, 61.0, ago=10 * 86_400)
    measure(device, 61.0, ago=86_400)
    metric = Metric.objects.get()
    at = (clock.now() - timedelta(days=10)).replace(second=0, microsecond=0)
    MinuteRollUp.objects.create(
        device=device, metric=metric, at=at, count=2, sum=111.0, low=50.0, high=61.0
    )
    MinuteRollUp.objects.create(
        device=device,
        metric=metric,
        at=at + timedelta(minutes=1),
        count=1,
        sum=50.0,
        low=50.0,
        high=50.0,
    )
    Measurement.objects.filter(at__lt=at + timedelta(days=1)).delete()
    settings.TELEMETRY_KEEP_DAYS = 5
    run = tried(add(device.site))
    assert (run.result["raised"], run.result["used"]) == (2, [past.MINUTES, past.RAW])


def test_a_trial_of_events_reads_what_is_stored_of_devices():
    device = DeviceFactory(kind="barrier")
    for n in range(3):
        at = clock.now() - timedelta(minutes=n)
        DeviceEvent.objects.create(
            device=device,
            key=str(n),
            type="barrier",
            at=at,
            received_at=at,
            detail={"change": "hit"},
        )
    run = tried(add(device.site, HITS))
    assert (run.result["raised"], run.result["used"]) == (1, [past.EVENTS])


def test_a_change_makes_the_trial_of_the_former_version_obsolete():
    rule = add(SiteFactory())
    run = tried(rule)
    assert trials.latest_trial(rule) == run
    editing.change_rule(rule, UserFactory(), values(HOT | {"limit": 90}))
    rule.refresh_from_db()
    assert trials.latest_trial(rule) is None


def test_the_trial_and_the_rule_at_work_raise_the_same():
    device = DeviceFactory(kind="sensor", driver="gatehouse")
    rule = enabled(device.site)
    for ago, value in [(100, 61.0), (80, 50.0), (60, 62.0), (40, 61.0), (20, 55.0)]:
        measure(device, value, ago=ago)
    live = [(each.began_at, each.ended_at) for each in rule.periods.all()]
    found = [(each["began_at"], each["ended_at"]) for each in tried(rule).result["periods"]]
    assert found == [(began.isoformat(), ended.isoformat()) for began, ended in live]
