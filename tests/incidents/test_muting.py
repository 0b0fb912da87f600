"""What people are notified of: groups, silences, inhibition, cool-down, and late data."""

from datetime import timedelta

import pytest

from core import clock
from core.errors import Rejection
from core.events import subscribe, unsubscribe
from core.jobs import run_waiting
from incidents import events, inhibition, jobs, muting, services
from incidents.inhibition import Inhibition
from incidents.models import EscalationRun, Incident, IncidentSettings, Silence
from tests.factories import DeviceFactory, LaneFactory, SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
OFFLINE = "device_offline"


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def raises():
    """The raised and unmuted events, in their order."""
    found = []
    subscribe(events.IncidentRaised, found.append)
    subscribe(events.IncidentUnmuted, found.append)
    yield found
    unsubscribe(events.IncidentRaised, found.append)
    unsubscribe(events.IncidentUnmuted, found.append)


def raised(site, source="zone:1", severity="moderate", kind="intrusion", *, late=False, **detail):
    at = clock.now()
    return services.raise_incident(site.pk, kind, source, severity, at, detail, late=late)


def end(incident):
    services.review(incident, UserFactory(), confirmed=False, reason="a cat")


def silence(site, **changed):
    now = clock.now()
    values = {
        "begins_at": now - timedelta(minutes=1),
        "ends_at": now + timedelta(hours=1),
        "reason": "work at the fence",
        "up_to": "severe",
    }
    return services.add_silence(site, UserFactory(), services.SilenceValues(**values | changed))


def reason_of(incident):
    incident.refresh_from_db()
    assert bool(incident.mute) == (incident.announced_at is None)
    return incident.mute


# Groups


def test_incidents_of_one_gate_within_the_window_are_one_group(site):
    lane = LaneFactory(gate__site=site, camera=DeviceFactory(site=site))
    here = raised(site, f"lane:{lane.pk}")
    also = raised(site, f"device:{lane.camera_id}", kind="tailgating")
    other = raised(site, f"device:{DeviceFactory(site=site).pk}", kind="tailgating")
    assert here.group_key == also.group_key != other.group_key


def test_incidents_beyond_the_window_or_after_the_end_of_the_group_are_another(site):
    device = DeviceFactory(site=site)
    source, actor = f"device:{device.pk}", UserFactory()
    old = raised(site, source)
    Incident.objects.filter(pk=old.pk).update(first_at=clock.now() - timedelta(minutes=11))
    fresh = raised(site, f"{source}:x", kind="tailgating")
    assert fresh.group_key != old.group_key
    end(fresh)
    services.change_settings(site, actor, group_minutes=30, cool_down_minutes=0)
    assert raised(site, f"{source}:y", kind="tailgating").group_key == old.group_key


def test_incidents_without_a_place_are_groups_of_their_own(site):
    assert raised(site, "zone:1").group_key != raised(site, "zone:2").group_key


# Silences


@pytest.mark.parametrize(
    ("values", "muted"),
    [
        ({}, True),
        ({"kinds": ["intrusion", "sos"]}, True),
        ({"kinds": ["sos"]}, False),
        ({"up_to": "moderate"}, True),
        ({"up_to": "minor"}, False),
        ({"place_key": "lot:0"}, False),
    ],
)
def test_a_silence_mutes_what_all_its_fields_match(site, raises, values, muted):
    silence(site, **values)
    assert reason_of(raised(site)) == ("silence" if muted else "")
    assert [each.muted for each in raises] == [muted]


def test_a_silence_of_a_device_or_a_place_mutes_only_that(site):
    lane = LaneFactory(gate__site=site, camera=DeviceFactory(site=site))
    camera, other = lane.camera, DeviceFactory(site=site)
    silence(site, device=other)
    silence(site, place_key=f"lot:{lane.lot_id}")
    assert reason_of(raised(site, f"device:{other.pk}")) == "silence"
    assert reason_of(raised(site, f"device:{camera.pk}")) == "silence"
    assert reason_of(raised(site, f"device:{DeviceFactory(site=site).pk}")) == ""


def test_a_silence_of_another_time_or_site_mutes_nothing(site):
    now = clock.now()
    silence(site, begins_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2))
    silence(SiteFactory())
    assert reason_of(raised(site)) == ""


def test_a_rise_in_severity_beyond_the_silence_notifies(site, raises):
    silence(site)
    incident = raised(site)
    raised(site, severity="extreme")
    assert reason_of(incident) == ""
    assert [(each.severity_rose, each.muted) for each in raises] == [(False, True), (True, False)]


def test_what_is_still_active_when_its_silence_ends_is_announced_once(site, raises):
    quiet = silence(site)
    incident = raised(site)
    services.end_silence(quiet, UserFactory())
    run_waiting()
    jobs.unmute_incidents()
    assert reason_of(incident) == ""
    unmuted = [each for each in raises if isinstance(each, events.IncidentUnmuted)]
    assert unmuted == [events.IncidentUnmuted(incident.pk, site.pk)]


def test_people_who_were_notified_hear_of_the_end_also_during_a_silence(site):
    ended = []
    subscribe(events.IncidentClosed, ended.append)
    told, quiet = raised(site, "zone:1"), None
    quiet = silence(site)
    silent = raised(site, "zone:2")
    end(told)
    end(silent)
    unsubscribe(events.IncidentClosed, ended.append)
    assert [each.announced for each in ended] == [True, False]
    assert quiet.ends_at > clock.now()


def test_a_silence_needs_a_reason_and_an_end_within_a_month(site):
    now = clock.now()
    for changed in (
        {"reason": " "},
        {"ends_at": now + timedelta(days=31)},
        {"ends_at": now - timedelta(minutes=2)},
        {"begins_at": now - timedelta(hours=2), "ends_at": now - timedelta(hours=1)},
        {"up_to": "unheard of"},
        {"kinds": ["unheard_of"]},
        {"device": DeviceFactory()},
    ):
        with pytest.raises(Rejection):
            silence(site, **changed)
    assert not Silence.objects.exists()


def test_a_silence_ends_once(site):
    quiet = silence(site)
    services.end_silence(quiet, UserFactory())
    with pytest.raises(Rejection, match="has ended"):
        services.end_silence(quiet, UserFactory())


# Cool-down


def test_an_ended_incident_that_comes_again_soon_notifies_nobody(site):
    end(raised(site))
    assert reason_of(raised(site)) == "cool_down"
    assert reason_of(raised(site, "zone:2")) == ""


def test_a_cool_down_never_holds_back_a_rise_in_severity_nor_an_extreme_incident(site):
    end(raised(site, severity="minor"))
    assert reason_of(raised(site, severity="moderate")) == ""
    end(raised(site, "zone:2", severity="extreme"))
    assert reason_of(raised(site, "zone:2", severity="extreme")) == ""


def test_what_outlasts_the_cool_down_is_announced_and_flapping_is_announced_again(site, raises):
    first = raised(site)
    end(first)
    again = raised(site)
    past = clock.now() - timedelta(minutes=11)
    Incident.objects.filter(pk=first.pk).update(ended_at=past)
    jobs.unmute_incidents()
    assert reason_of(again) == ""
    assert raises[-1] == events.IncidentUnmuted(again.pk, site.pk)


def test_a_silent_return_does_not_extend_the_cool_down(site):
    first = raised(site)
    end(first)
    end(raised(site))
    Incident.objects.filter(pk=first.pk).update(ended_at=clock.now() - timedelta(minutes=11))
    assert reason_of(raised(site)) == ""


def test_a_site_without_cool_down_is_notified_each_time(site):
    services.change_settings(site, UserFactory(), group_minutes=0, cool_down_minutes=0)
    end(raised(site))
    assert reason_of(raised(site)) == ""


@pytest.mark.parametrize("minutes", [-1, 1441])
def test_the_times_of_a_site_are_between_nothing_and_a_day(site, minutes):
    for name in ("group_minutes", "cool_down_minutes"):
        values = {"group_minutes": 10, "cool_down_minutes": 10, name: minutes}
        with pytest.raises(Rejection, match=name):
            services.change_settings(site, UserFactory(), **values)


# Late data


def test_late_incidents_stay_silent_until_their_cause_occurs_in_time(site, raises):
    incident = raised(site, late=True)
    assert reason_of(incident) == "late"
    jobs.unmute_incidents()
    assert reason_of(incident) == "late"
    assert not EscalationRun.objects.exists()
    raised(site)
    assert reason_of(incident) == ""
    assert [each.muted for each in raises[:2]] == [True, False]
    assert raises[2:] == [events.IncidentUnmuted(incident.pk, site.pk)]
    assert EscalationRun.objects.get().incident == incident
    raised(site)
    assert len(raises) == 4


# Inhibition


def behind(site, gateway):
    return DeviceFactory(site=site, options={"gateway": gateway.code})


def offline(device):
    return raised(device.site, f"device:{device.pk}", "minor", OFFLINE, device=device.pk)


def hidden(*incidents):
    for each in incidents:
        each.refresh_from_db()
    return [each.inhibited_by for each in incidents]


def test_a_gateway_that_is_offline_hides_its_devices_raised_before_and_after(site):
    gateway = DeviceFactory(site=site)
    before, other = offline(behind(site, gateway)), offline(DeviceFactory(site=site))
    cause = offline(gateway)
    after = offline(behind(site, gateway))
    run_waiting()
    assert hidden(before, after, other, cause) == [cause, cause, None, None]
    assert reason_of(after) == "inhibited"
    assert reason_of(before) == "", "people were notified of it already"


def test_devices_behind_one_gateway_do_not_hide_each_other(site):
    gateway = DeviceFactory(site=site)
    pair = [offline(behind(site, gateway)) for _each in range(2)]
    run_waiting()
    assert hidden(*pair) == [None, None]


def test_what_a_gateway_hid_is_announced_when_the_gateway_is_back(site, raises):
    gateway = DeviceFactory(site=site)
    offline(gateway)
    device = offline(behind(site, gateway))
    services.clear(site.pk, OFFLINE, f"device:{gateway.pk}")
    run_waiting()
    assert hidden(device) == [None]
    assert reason_of(device) == ""
    assert raises[-1] == events.IncidentUnmuted(device.pk, site.pk)


def test_empty_keys_are_not_equal(site):
    services.add_inhibition(site, UserFactory(), Inhibition("intrusion", "lot", ("tailgating",)))
    raised(site)
    incident = raised(site, "zone:2", kind="tailgating")
    run_waiting()
    assert hidden(incident) == [None]


def test_a_rule_for_the_whole_site_names_the_device_that_connects_it(site):
    router, actor = DeviceFactory(site=site), UserFactory()
    everything = Inhibition(OFFLINE, "site", (OFFLINE,))
    with pytest.raises(Rejection, match="device"):
        services.add_inhibition(site, actor, everything)
    rule = Inhibition(OFFLINE, "site", (OFFLINE,), router.pk)
    services.add_inhibition(site, actor, rule)
    first, link = offline(DeviceFactory(site=site)), offline(router)
    run_waiting()
    assert hidden(first, link) == [link, None]
    services.remove_inhibition(site, actor, rule)
    run_waiting()
    assert hidden(first) == [None]


def test_two_that_explain_each_other_do_not_both_vanish(site):
    actor, device = UserFactory(), DeviceFactory(site=site)
    services.add_inhibition(site, actor, Inhibition("intrusion", "device", ("tailgating",)))
    services.add_inhibition(site, actor, Inhibition("tailgating", "device", ("intrusion",)))
    first = raised(site, f"device:{device.pk}")
    second = raised(site, f"device:{device.pk}", kind="tailgating")
    run_waiting()
    assert hidden(first, second) == [None, first]


def test_a_site_may_change_the_rules_that_it_begins_with(site):
    actor, settings = UserFactory(), IncidentSettings(site=site)
    for rule in inhibition.rules_of(settings):
        services.remove_inhibition(site, actor, rule)
    assert inhibition.rules_of(muting.settings_of(site.pk)) == []
    for wrong in (
        Inhibition("unheard_of", "lot", ("sos",)),
        Inhibition("sos", "unheard_of", ("sos",)),
        Inhibition("sos", "lot", ()),
        Inhibition("sos", "device", ("sos",), DeviceFactory().pk),
    ):
        with pytest.raises(Rejection):
            services.add_inhibition(site, actor, wrong)
    services.add_inhibition(site, actor, Inhibition("sos", "lot", ("intrusion",)))
    with pytest.raises(Rejection, match="exists already"):
        services.add_inhibition(site, actor, Inhibition("sos", "lot", ("intrusion",)))
