"""Any history of incidents: what people, devices and silences do in any order keeps the rules."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core import clock
from core.errors import Rejection
from core.permissions import StandardRole
from incidents import services
from incidents.feeds.dispatch import dispatch
from incidents.models import Delivery, EscalationRun, Incident, Silence
from incidents.severities import RANK
from tests.browsers import hire
from tests.factories import FeedEndpointFactory, SiteFactory

pytestmark = pytest.mark.django_db

# Of the second kind, an incident closes by itself when its cause is gone.
CAUSES = [("intrusion", "zone:1"), ("intrusion", "zone:2"), ("device_offline", "device:1")]
ORDER = {
    "detected": 0,
    "triage": 1,
    "confirmed": 2,
    "dispatched": 3,
    "acknowledged": 4,
    "closed": 5,
    "false_alarm": 5,
    "cancelled": 5,
}
# The entry of the timeline by which an incident has ended.
ENDS = {"closed", "closed_itself", "false_alarm", "merged_into", "feed_cancel"}
# What stays as it is once an incident has ended.
LASTING = (
    "state",
    "ended_at",
    "occurrences",
    "severity",
    "acked_by_id",
    "assigned_to_id",
    "reviewed_by_id",
    "announced_at",
)
PLACES = st.integers(0, 20)


class Lives(RuleBasedStateMachine):
    """The incidents of a site, and the rules that hold after each step."""

    @initialize()
    def open_site(self):
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.site = SiteFactory()
        self.people = [hire(self.site, StandardRole.SECURITY) for _each in range(2)]
        self.feed = FeedEndpointFactory(site=self.site, name="Liaison", kind="liaison", url="")
        self.raised = 0
        self.known = {}
        self.may_lose_owner = self.may_fall = None

    def teardown(self):
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    def rows(self):
        return Incident.objects.filter(site=self.site).order_by("pk")

    def one(self, place):
        found = list(self.rows())
        return found[place % len(found)]

    # What devices report

    @rule(
        cause=st.sampled_from(CAUSES),
        severity=st.sampled_from(RANK),
        late=st.sampled_from([False, False, True]),
    )
    def raise_it(self, cause, severity, late):
        at = clock.now() - timedelta(hours=1 if late else 0)
        services.raise_incident(self.site.pk, *cause, severity, at, {}, late=late)
        self.raised += 1

    @rule(cause=st.sampled_from(CAUSES))
    def clear_it(self, cause):
        services.clear(self.site.pk, *cause)

    # What people do; what is not permitted changes nothing

    def attempt(self, service, *values, **named):
        before = self.snapshot()
        try:
            with transaction.atomic():
                service(*values, **named)
        except Rejection:
            assert self.snapshot() == before

    @precondition(lambda self: self.known)
    @rule(place=PLACES, who=st.integers(0, 1))
    def acknowledge(self, place, who):
        self.attempt(services.acknowledge, self.one(place), self.people[who])

    @precondition(lambda self: self.known)
    @rule(place=PLACES, who=st.sampled_from([0, 1, None]))
    def assign(self, place, who):
        incident = self.one(place)
        self.may_lose_owner = incident.pk if who is None else None
        owner = None if who is None else self.people[who]
        self.attempt(services.assign, incident, self.people[0], owner)

    @precondition(lambda self: self.known)
    @rule(place=PLACES, confirmed=st.booleans(), severity=st.sampled_from(["", *RANK]))
    def review(self, place, confirmed, severity):
        incident = self.one(place)
        service = services.review if incident.reviewed_by_id is None else services.review_again
        self.may_fall = incident.pk
        self.attempt(service, incident, self.people[1], confirmed, "looked at it", severity)

    @precondition(lambda self: self.known)
    @rule(place=PLACES)
    def send(self, place):
        incident = self.one(place)
        kind = "update" if incident.messages.exists() else "alert"
        self.attempt(dispatch, incident, self.people[1], "agreed", kind)

    @precondition(lambda self: self.known)
    @rule(place=PLACES)
    def close(self, place):
        self.attempt(services.close, self.one(place), self.people[0], "gone")

    @precondition(lambda self: self.known)
    @rule(place=PLACES, other=PLACES)
    def merge(self, place, other):
        incident, survivor = self.one(place), self.one(other)
        before = owner_of(incident), owner_of(survivor), survivor.state
        self.attempt(services.merge, incident, survivor, self.people[0], "one cause")
        incident.refresh_from_db()
        if incident.merged_into_id == survivor.pk and before[2] not in Incident.ENDED:
            survivor.refresh_from_db()
            assert owner_of(survivor) == (before[1] or before[0])

    @precondition(lambda self: self.known)
    @rule(place=PLACES)
    def comment(self, place):
        incident = self.one(place)
        number = incident.comments.count()
        services.comment(incident, self.people[0], "on my way")
        assert incident.comments.count() == number + 1

    @rule(up_to=st.sampled_from(RANK))
    def silence(self, up_to):
        now = clock.now()
        until = now + timedelta(hours=1)
        values = services.SilenceValues(
            begins_at=now, ends_at=until, reason="repairs", up_to=up_to, kinds=["intrusion"]
        )
        services.add_silence(self.site, self.people[0], values)

    @rule()
    def end_silences(self):
        for each in Silence.objects.filter(site=self.site):
            with suppress(Rejection):
                services.end_silence(each, self.people[0])
        services.refresh_site(self.site.pk)

    # What holds after each step

    def snapshot(self):
        return list(self.rows().values())

    @invariant()
    def counts_add_up(self):
        own = self.rows().filter(merged_into=None)
        assert (own.aggregate(seen=Sum("occurrences"))["seen"] or 0) == self.raised
        for each in own:
            assert each.log.count() == each.occurrences

    @invariant()
    def one_is_open_for_each_cause(self):
        counting = self.rows().exclude(state__in=Incident.ENDED)
        merged = self.rows().filter(merged_into__in=counting.values("pk"))
        causes = [*counting.values_list("kind", "source"), *merged.values_list("kind", "source")]
        assert len(causes) == len(set(causes)) or merged.exists()
        own = list(counting.values_list("kind", "source"))
        assert len(own) == len(set(own))

    @invariant()
    def each_goes_forward_and_what_has_ended_stays(self):
        for each in self.rows():
            before = self.known.get(each.pk)
            if before is not None:
                self.compare(before, each)
            self.known[each.pk] = each
        self.may_lose_owner = self.may_fall = None

    def compare(self, before, after):
        assert ORDER[after.state] >= ORDER[before.state]
        if before.state in Incident.ENDED:
            for name in LASTING:
                assert getattr(after, name) == getattr(before, name), name
        if after.pk != self.may_fall:
            assert RANK.index(after.severity) >= RANK.index(before.severity)
        if after.pk != self.may_lose_owner:
            assert owner_of(after) or not owner_of(before)
        assert before.announced_at is None or after.announced_at is not None
        assert after.late <= before.late

    @invariant()
    def the_timeline_is_complete(self):
        for each in self.rows():
            entries = list(each.timeline.order_by("at", "pk"))
            codes = [entry.code for entry in entries]
            assert codes[0] == ("raised_late" if "raised_late" in codes else "raised")
            assert ("acknowledged" in codes) == (each.acked_by_id is not None)
            found = {"confirmed", "confirmed_again", "false_alarm"} & set(codes)
            assert bool(found) == (each.reviewed_by_id is not None)
            assert bool(ENDS & set(codes)) == (each.state in Incident.ENDED)
            owners = [entry for entry in entries if entry.code in ("assigned", "unassigned")]
            last = owners[-1].values.get("user") if owners else None
            assert last == each.assigned_to_id

    @invariant()
    def nobody_is_notified_of_what_is_muted(self):
        for each in self.rows():
            if not each.merged.exists():
                assert bool(each.mute) == (each.announced_at is None)
            if each.announced_at is None:
                assert not EscalationRun.objects.filter(incident=each).exists()
            if each.late:
                assert each.cleared

    @invariant()
    def what_authorities_receive_has_no_gaps(self):
        for each in self.rows():
            messages = list(each.messages.order_by("number"))
            assert [message.number for message in messages] == [*range(1, len(messages) + 1)]
            types = [message.type for message in messages]
            assert "cancel" not in types[:-1]
            if each.merged_into_id or each.state in ("false_alarm", "cancelled"):
                assert types[-1:] in ([], ["cancel"])
        sent = Delivery.objects.filter(endpoint=self.feed).order_by("seq")
        assert [*sent.values_list("seq", flat=True)] == [*range(1, sent.count() + 1)]


def owner_of(incident):
    return incident.assigned_to_id or incident.acked_by_id


def test_any_history_keeps_the_rules_of_a_life():
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
