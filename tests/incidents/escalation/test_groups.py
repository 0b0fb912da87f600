"""Incidents of one place are notified as one, and whoever was notified hears of their end."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from core.jobs import run_waiting
from core.models import Notification, NotificationDelivery
from core.notifications.rendering import text_of
from core.permissions import StandardRole
from incidents import services
from incidents.escalation import shifts
from incidents.models import EscalationNotice, Incident
from incidents.services import SilenceValues
from tests.factories import SiteFactory, UserFactory
from tests.incidents.escalation.staff import Clock, add_layer, hire, notified, raise_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(site, noon):
    """A guard on duty; ann is on call, and mia is the manager."""
    found = hire(site, "dora")
    shifts.start_shift(site, found)
    add_layer(site, hire(site, "ann"))
    hire(site, "mia", StandardRole.MANAGER)
    return found


@pytest.fixture
def grouped(monkeypatch):
    """All incidents of a site are one group."""
    monkeypatch.setattr(
        "incidents.services.raising._group_of", lambda incident, _settings: "incident:1"
    )


def messages(user):
    """Why messages were sent to a person, by the bell."""
    rows = NotificationDelivery.objects.filter(notification__recipient=user, channel="bell")
    return list(rows.order_by("pk").values_list("occasion", flat=True))


def ends(user):
    """How many notifications say that something has ended."""
    return Notification.objects.filter(recipient=user, is_resolution=True).count()


def test_a_storm_is_one_notification_with_a_count(site, noon, dora, grouped):
    found = [raise_incident(site, source=f"zone:{n}") for n in range(6)]
    row = Notification.objects.get(recipient=dora)
    assert (row.count, messages(dora)) == (6, ["first"])
    assert text_of(row) == "5 more incidents of this group"
    assert [notified(each) for each in found] == [["dora", "ann"]] * 6


def test_a_storm_reminds_once_for_each_repetition(site, noon, dora, grouped):
    for number in range(6):
        raise_incident(site, source=f"zone:{number}")
        noon.now += timedelta(milliseconds=3)
    for expected in (["first", "again"], ["first", "again", "again"]):
        noon.advance(60)
        noon.advance(60)
        assert messages(dora) == expected


def test_a_rise_in_severity_passes(site, noon, dora, grouped):
    raise_incident(site, source="zone:1")
    raise_incident(site, source="zone:2")
    raise_incident(site, severity="extreme", source="zone:3")
    assert messages(dora) == ["first", "severity_rose"]


def test_smoke_is_not_counted_under_other_incidents_of_the_place(site, noon, dora, grouped):
    raise_incident(site, severity="extreme", source="zone:1")
    raise_incident(site, kind="smoke_fire", severity="extreme", source="device:4:smoke")
    assert messages(dora) == ["first", "first"]


def test_what_follows_an_acknowledgement_is_sent_to_who_acknowledged(site, noon, dora, grouped):
    services.acknowledge(raise_incident(site, source="zone:1"), dora)
    raise_incident(site, source="zone:2")
    assert messages(dora) == ["first", "again"]


def test_the_end_of_a_group_is_notified_once(site, noon, dora, grouped):
    found = [raise_incident(site, source=f"zone:{n}") for n in range(5)]
    for each in found[:-1]:
        services.clear(site.pk, each.kind, each.source)
    assert ends(dora) == 0
    services.clear(site.pk, found[-1].kind, found[-1].source)
    row = Notification.objects.get(recipient=dora, is_resolution=True)
    assert (row.count, text_of(row)) == (5, "4 more incidents of this group")


def test_the_end_of_one_that_was_merged_is_that_of_the_other(site, noon, dora):
    merged, other = raise_incident(site, source="zone:1"), raise_incident(site, source="zone:2")
    services.merge(merged, other, dora, "same cause")
    assert ends(dora) == 0
    services.clear(site.pk, other.kind, other.source)
    assert ends(dora) == 0  # the cause of the merged one goes on
    services.clear(site.pk, merged.kind, merged.source)
    assert ends(dora) == 1


def test_a_muted_incident_that_takes_over_another_is_escalated_in_its_place(site, noon, dora):
    merged = raise_incident(site, source="zone:1")
    silence(site, dora)
    other = raise_incident(site, source="zone:2")
    assert notified(other) == []
    noon.now += timedelta(seconds=1)
    services.end_silence(site_silence(site), dora)
    Incident.objects.filter(pk=other.pk).update(announced_at=None)
    services.merge(merged, other, dora, "same cause")
    run_waiting()
    assert notified(other)[:2] == ["dora", "ann"]


def test_a_merge_that_raises_the_severity_begins_again(site, noon, dora):
    other = raise_incident(site, severity="moderate", source="zone:1")
    merged = raise_incident(site, severity="extreme", source="zone:2")
    services.merge(merged, other, dora, "same cause")
    run_waiting()
    assert notified(other) == ["dora", "dora", "ann"]


def test_a_silence_holds_the_steps_until_it_ends(site, noon, dora):
    incident = raise_incident(site)
    silence(site, dora)
    noon.advance(300)
    assert notified(incident) == ["dora", "ann"]
    services.clear(site.pk, incident.kind, incident.source)
    assert ends(dora) == 1  # whoever was notified is notified of the end, silence or not
    services.end_silence(site_silence(site), dora)
    noon.advance(60)
    assert notified(incident)[2:] == ["mia"]


def test_a_withdrawn_acknowledgement_escalates_again(site, noon, dora):
    incident = raise_incident(site)
    changes = services.acknowledge_all([incident], dora)
    noon.advance(600)
    assert notified(incident) == ["dora", "ann"]
    services.withdraw_acknowledgements(site, dora, changes)
    run_waiting()
    assert notified(incident) == ["dora", "ann"] * 2


def test_a_cause_that_is_back_is_notified_to_whoever_was_told_that_it_had_gone(site, noon, dora):
    incident = raise_incident(site)
    services.acknowledge(incident, dora)
    services.clear(site.pk, incident.kind, incident.source)
    raise_incident(site)
    latest = Notification.objects.filter(recipient=dora, is_resolution=False).latest("pk")
    assert (text_of(latest), messages(dora)) == ("The cause is back.", ["first"] * 3)
    services.clear(site.pk, incident.kind, incident.source)
    assert ends(dora) == 2
    raise_incident(site)  # it comes and goes: within the cool-down it is notified once
    assert len(messages(dora)) == 4


def silence(site, author):
    """A silence of the whole site for an hour."""
    now = clock.now()
    services.add_silence(
        site,
        author,
        SilenceValues(
            begins_at=now, ends_at=now + timedelta(hours=1), reason="tests", up_to="extreme"
        ),
    )


def site_silence(site):
    """The site's silence."""
    return site.silences.latest("pk")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["raise", "raise", "clear", "ack", "merge", "review", "silence", "wait"]),
        st.integers(0, 3),
        st.sampled_from(["minor", "severe", "extreme"]),
    ),
    min_size=4,
    max_size=16,
)


class Life:
    """Incidents of four sources, and what people do about them."""

    def __init__(self, site, people, now):
        self.site, self.people, self.now = site, people, now

    def active(self, source):
        """The active incident of a source."""
        rows = Incident.objects.filter(site=self.site, source=f"zone:{source}")
        return rows.exclude(state__in=Incident.ENDED).first()

    def do(self, action, source, severity):
        """One step, and the jobs that follow it."""
        found = self.active(source)
        if action == "raise":
            services.raise_incident(
                self.site.pk, "intrusion", f"zone:{source}", severity, clock.now(), {}
            )
        elif action == "clear":
            services.clear(self.site.pk, "intrusion", f"zone:{source}")
        elif action == "silence":
            silence(self.site, self.people[0])
        elif action == "wait":
            self.now.advance(60 * (source + 1))
        elif found is not None:
            self._handle(found, action, source)
        run_waiting()

    def _handle(self, found, action, source):
        other = self.active((source + 1) % 4)
        if action == "ack":
            services.acknowledge(found, self.people[0])
        elif action == "review" and found.reviewed_by_id is None:
            services.review(found, self.people[1], confirmed=False, reason="nothing")
        elif action == "merge" and other is not None:
            services.merge(found, other, self.people[0], "same")

    def end(self):
        """The causes of all are gone, and all are looked at."""
        for source in range(4):
            services.clear(self.site.pk, "intrusion", f"zone:{source}")
        active = Incident.objects.filter(site=self.site).exclude(state__in=Incident.ENDED)
        for each in active:
            services.review(each, self.people[1], confirmed=False, reason="nothing")


@settings(max_examples=12)
@given(steps=STEPS, is_group=st.booleans())
def test_whoever_was_notified_is_notified_of_the_end(steps, is_group):
    """By any way an incident takes: exactly those, and nobody is left with one that goes on."""
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        site = SiteFactory(timezone="Asia/Shanghai")
        if is_group:
            name = f"incident:s{site.pk}"
            patch.setattr("incidents.services.raising._group_of", lambda *_: name)
        now = Ticking(patch, datetime(2026, 3, 4, 4, tzinfo=UTC))
        mark = UserFactory().username
        people = [hire(site, f"{mark}-{name}") for name in ("dora", "ann", "mia")]
        shifts.start_shift(site, people[0])
        add_layer(site, *people[1:])
        life = Life(site, people, now)
        for step in steps:
            life.do(*step)
        life.end()
        raised, ended = about(site, is_resolution=False), about(site, is_resolution=True)
        told = EscalationNotice.objects.filter(run__incident__site=site)
        expected = defaultdict(set)
        for user, incident in told.values_list("user", "run__incident"):
            expected[user].add(f"incident:{incident}")
        for user, subjects in expected.items():
            assert subjects <= raised[user]
            assert subjects <= ended[user]
        assert {*ended} == {*raised} == {*expected}
        open_now = Notification.objects.filter(site=site, subjects__ended_at=None)
        assert not open_now.exclude(subjects=None).exists()
        transaction.set_rollback(True)


def about(site, **values):
    """What people were notified of, by their keys."""
    rows = Notification.objects.filter(site=site, **values)
    found = defaultdict(set)
    for user, key in rows.values_list("recipient", "subjects__key"):
        found[user].add(key)
    return found


class Ticking(Clock):
    """A clock on which no two moments are the same."""

    def __init__(self, monkeypatch, now):
        super().__init__(monkeypatch, now)
        monkeypatch.setattr(clock, "now", self._tick)

    def _tick(self):
        self.now += timedelta(milliseconds=1)
        return self.now
