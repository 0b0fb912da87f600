"""Any history of incidents: what people, devices and silences do in any order keeps the rules."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Count, Prefetch
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
from incidents.models import (
    Delivery,
    EscalationRun,
    FeedMessage,
    Incident,
    Silence,
    TimelineEntry,
)
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
    def the_rules_hold(self):
        rows = self.fetched()
        self.check_counts(rows)
        self.check_causes(rows)
        self.check_course(rows)
        self.check_timelines(rows)
        self.check_muted(rows)
        self.check_messages(rows)

    def fetched(self):
        """All incidents with what belongs to them: few queries, as this is done at each step."""
        timeline = TimelineEntry.objects.order_by("at", "pk")
        messages = FeedMessage.objects.order_by("number")
        return list(
            self.rows()
            .annotate(logged=Count("log"))
            .prefetch_related(Prefetch("timeline", timeline), Prefetch("messages", messages))
        )

    def check_counts(self, rows):
        own = [each for each in rows if each.merged_into_id is None]
        assert sum(each.occurrences for each in own) == self.raised
        for each in own:
            assert each.logged == each.occurrences

    def check_causes(self, rows):
        """One incident is open for each cause."""
        counting = {each.pk: each for each in rows if each.state not in Incident.ENDED}
        merged = [each for each in rows if each.merged_into_id in counting]
        own = [(each.kind, each.source) for each in counting.values()]
        causes = own + [(each.kind, each.source) for each in merged]
        assert len(causes) == len(set(causes)) or merged
        assert len(own) == len(set(own))

    def check_course(self, rows):
        """Each goes forward, and what has ended stays as it is."""
        for each in rows:
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

    def check_timelines(self, rows):
        for each in rows:
            entries = list(each.timeline.all())
            codes = [entry.code for entry in entries]
            assert codes[0] == ("raised_late" if "raised_late" in codes else "raised")
            assert ("acknowledged" in codes) == (each.acked_by_id is not None)
            found = {"confirmed", "confirmed_again", "false_alarm"} & set(codes)
            assert bool(found) == (each.reviewed_by_id is not None)
            assert bool(ENDS & set(codes)) == (each.state in Incident.ENDED)
            owners = [entry for entry in entries if entry.code in ("assigned", "unassigned")]
            last = owners[-1].values.get("user") if owners else None
            assert last == each.assigned_to_id

    def check_muted(self, rows):
        """Nobody is notified of what is muted."""
        survivors = {each.merged_into_id for each in rows}
        notified = set(EscalationRun.objects.values_list("incident", flat=True))
        for each in rows:
            if each.pk not in survivors:
                assert bool(each.mute) == (each.announced_at is None)
            if each.announced_at is None:
                assert each.pk not in notified
            if each.late:
                assert each.cleared

    def check_messages(self, rows):
        """What authorities receive has no gaps."""
        for each in rows:
            messages = list(each.messages.all())
            assert [message.number for message in messages] == [*range(1, len(messages) + 1)]
            types = [message.type for message in messages]
            assert "cancel" not in types[:-1]
            if each.merged_into_id or each.state in ("false_alarm", "cancelled"):
                assert types[-1:] in ([], ["cancel"])
        sent = Delivery.objects.filter(endpoint=self.feed).order_by("seq")
        numbers = [*sent.values_list("seq", flat=True)]
        assert numbers == [*range(1, len(numbers) + 1)]


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
