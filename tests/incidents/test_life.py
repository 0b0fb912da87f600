"""The life of an incident: assignment, comments, procedures, reviews, merges."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from core import clock
from core.errors import Rejection
from core.events import subscribe, unsubscribe
from core.models import AuditEntry
from incidents import events, services, timeline
from incidents.models import Comment, ProcedureStep, Review
from tests.factories import (
    DeviceFactory,
    MembershipFactory,
    SiteFactory,
    UserFactory,
    WatchEntryFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def published():
    """All events of incidents that are published, in their order."""
    found = []
    kinds = (
        events.IncidentRaised,
        events.IncidentAcknowledged,
        events.IncidentCleared,
        events.IncidentReviewed,
        events.IncidentClosed,
        events.IncidentMerged,
    )
    for kind in kinds:
        subscribe(kind, found.append)
    yield found
    for kind in kinds:
        unsubscribe(kind, found.append)


def raised(site, source="zone:1", severity="severe", kind="intrusion", ago=0):
    at = clock.now() - timedelta(minutes=ago)
    return services.raise_incident(site.pk, kind, source, severity, at, {"from": source})


def of(kind, published):
    return [each for each in published if isinstance(each, kind)]


def test_each_step_of_a_life_is_published_once(site, published):
    incident, guard = raised(site), UserFactory()
    services.acknowledge(incident, guard)
    services.acknowledge(incident, guard)
    services.clear(site.pk, "intrusion", "zone:1")
    services.clear(site.pk, "intrusion", "zone:1")
    services.review(incident, guard, confirmed=True, reason="seen")
    services.close(incident, guard, "gone")
    key = {"incident_id": incident.pk, "site_id": site.pk}
    assert published == [
        events.IncidentRaised(**key, is_new=True, severity_rose=False, late=False, muted=False),
        events.IncidentAcknowledged(**key, actor_id=guard.pk),
        events.IncidentCleared(**key, announced=True),
        events.IncidentReviewed(**key, actor_id=guard.pk, confirmed=True),
        events.IncidentClosed(**key, announced=True),
    ]


def test_acknowledged_cleared_and_closed_are_three_things(site):
    incident = raised(site)
    services.acknowledge(incident, UserFactory())
    incident.refresh_from_db()
    assert (incident.state, incident.cleared) == ("triage", False)
    services.clear(site.pk, "intrusion", "zone:1")
    incident.refresh_from_db()
    assert (incident.state, incident.cleared) == ("triage", True)


def test_an_incident_is_assigned_to_a_colleague_who_may_see_it(site):
    incident, guard = raised(site), UserFactory()
    with pytest.raises(Rejection, match="assignee"):
        services.assign(incident, guard, UserFactory())
    other = MembershipFactory(site=site, role="guard").user
    assert services.assign(incident, guard, other).assigned_to == other
    assert services.assign(incident, guard, None).assigned_to is None
    codes = [each.code for each in timeline.of(incident)]
    assert codes[:2] == ["unassigned", "assigned"]


def test_a_comment_stays_as_it_was_written_also_after_the_end(site):
    incident, guard = raised(site), UserFactory()
    services.review(incident, guard, confirmed=False, reason="a cat")
    services.comment(incident, guard, "  It came back twice.  ")
    made = Comment.objects.get()
    assert (made.text, made.author) == ("It came back twice.", guard)
    for text in ("  ", "x" * 2001):
        with pytest.raises(Rejection, match="text"):
            services.comment(incident, guard, text)


def test_a_changed_procedure_keeps_the_ticks_of_steps_that_stay(site):
    manager, incident = UserFactory(), raised(site)
    services.change_procedure(site, manager, "intrusion", ["Look at the camera", "Call", " "])
    first, second = ProcedureStep.objects.filter(ended_at=None)
    services.tick_step(incident, first, manager, done=True)
    services.tick_step(incident, second, manager, done=True)
    services.tick_step(incident, second, manager, done=False)
    services.change_procedure(site, manager, "intrusion", ["Lock", "Look  at the camera"])
    current = ProcedureStep.objects.filter(ended_at=None)
    assert [each.text for each in current] == ["Lock", "Look at the camera"]
    assert [tick.step for tick in incident.ticks.all()] == [first]
    assert [each.code for each in timeline.of(incident)][:3] == [
        "step_undone",
        "step_done",
        "step_done",
    ]


@pytest.mark.parametrize("steps", [["x"] * 2, ["x" * 201], [str(n) for n in range(31)]])
def test_a_procedure_has_thirty_short_and_different_steps(site, steps):
    with pytest.raises(Rejection, match="steps"):
        services.change_procedure(site, UserFactory(), "intrusion", steps)
    assert not ProcedureStep.objects.exists()


def test_only_steps_of_the_kind_are_ticked_while_the_incident_is_active(site):
    incident, actor = raised(site), UserFactory()
    services.change_procedure(site, actor, "sos", ["Call"])
    services.change_procedure(site, actor, "intrusion", ["Look"])
    foreign, own = ProcedureStep.objects.get(kind="sos"), ProcedureStep.objects.get(text="Look")
    with pytest.raises(Rejection, match="another procedure"):
        services.tick_step(incident, foreign, actor, done=True)
    services.review(incident, actor, confirmed=False, reason="a cat")
    with pytest.raises(Rejection, match="ended"):
        services.tick_step(incident, own, actor, done=True)


def test_a_second_review_changes_the_severity_or_finds_a_false_alarm(site, published):
    incident, first, second = raised(site), UserFactory(), UserFactory()
    with pytest.raises(Rejection, match="only a confirmed"):
        services.review_again(incident, second, confirmed=True, reason="x")
    services.review(incident, first, confirmed=True, reason="two people")
    services.review_again(incident, second, confirmed=True, reason="armed", severity="extreme")
    incident.refresh_from_db()
    assert (incident.state, incident.severity) == ("confirmed", "extreme")
    services.review_again(incident, second, confirmed=False, reason="staff of ours")
    incident.refresh_from_db()
    assert incident.state == "false_alarm"
    told = [
        (each.confirmed, each.again, each.severity_changed)
        for each in of(events.IncidentReviewed, published)
    ]
    assert told == [(True, False, False), (True, True, True), (False, True, False)]
    reviews = Review.objects.values_list("reviewer", "confirmed", "severity", "reason")
    assert list(reviews) == [
        (first.pk, True, "severe", "two people"),
        (second.pk, True, "extreme", "armed"),
        (second.pk, False, "extreme", "staff of ours"),
    ]


def test_a_dispatched_incident_that_was_a_false_alarm_is_cancelled(site, published):
    incident, actor = raised(site), UserFactory()
    services.review(incident, actor, confirmed=True, reason="seen")
    incident.refresh_from_db()
    incident.state = "dispatched"
    incident.save()
    services.review_again(incident, actor, confirmed=False, reason="a film crew")
    incident.refresh_from_db()
    assert incident.state == "cancelled"
    assert of(events.IncidentReviewed, published)[-1].dispatched


def test_the_creator_of_the_entry_reviews_its_hit_neither_first_nor_again_nor_by_a_merge(site):
    creator, other = UserFactory(), UserFactory()
    entry = WatchEntryFactory(site=site, created_by=creator)
    hit = services.raise_incident(
        site.pk, "plate_watchlist", f"watch:{entry.pk}", "severe", clock.now(), {}, entry
    )
    real = raised(site)
    services.review(real, other, confirmed=True, reason="seen")
    with pytest.raises(Rejection, match="created this"):
        services.merge(hit, real, creator, "the same car")
    services.review(hit, other, confirmed=True, reason="the car")
    with pytest.raises(Rejection, match="created this"):
        services.review_again(hit, creator, confirmed=False, reason="not the car")
    services.merge(hit, real, other, "the same car")
    with pytest.raises(Rejection, match="created this"):
        services.review_again(real, creator, confirmed=False, reason="not the car")


def test_occurrences_of_a_merged_incident_count_under_the_survivor_now_and_later(site):
    first, second = raised(site, "zone:1", ago=5), raised(site, "zone:2", "extreme")
    raised(site, "zone:2")
    survivor = services.merge(second, first, UserFactory(), "one person")
    assert (survivor.occurrences, survivor.severity) == (3, "extreme")
    later = raised(site, "zone:2", "minor")
    assert later == first
    assert later.occurrences == later.log.count() == 4
    second.refresh_from_db()
    assert (second.state, second.merged_into) == ("closed", first)
    assert not second.log.exists()


def test_after_the_survivors_end_the_merged_source_raises_an_incident_of_its_own(site):
    first, second = raised(site, "zone:1"), raised(site, "zone:2")
    actor = UserFactory()
    services.merge(second, first, actor, "one person")
    services.review(first, actor, confirmed=False, reason="a cat")
    again = raised(site, "zone:2")
    assert again not in (first, second)
    assert again.occurrences == 1


def test_incidents_merged_in_a_chain_count_under_the_last(site):
    one, two, three = (raised(site, f"zone:{n}") for n in (1, 2, 3))
    actor = UserFactory()
    services.merge(one, two, actor, "same")
    services.merge(two, three, actor, "same")
    assert [raised(site, f"zone:{n}") for n in (1, 2, 3)] == [three] * 3
    one.refresh_from_db()
    assert one.merged_into == three


def test_the_cause_of_a_survivor_is_gone_once_all_causes_are(site, published):
    first, second = raised(site, "zone:1"), raised(site, "zone:2")
    services.merge(second, first, UserFactory(), "one person")

    def cleared():
        first.refresh_from_db()
        return first.cleared

    services.clear(site.pk, "intrusion", "zone:2")
    assert not cleared()
    services.clear(site.pk, "intrusion", "zone:1")
    assert cleared()
    assert len(of(events.IncidentCleared, published)) == 1
    raised(site, "zone:2")
    assert not cleared()


@pytest.mark.parametrize("reason", ["", "the same"])
def test_an_incident_is_not_merged_into_itself_another_site_or_one_that_has_ended(site, reason):
    incident, actor = raised(site), UserFactory()
    ended = raised(site, "zone:2")
    services.review(ended, actor, confirmed=False, reason="a cat")
    for other in (incident, raised(SiteFactory()), ended):
        with pytest.raises(Rejection):
            services.merge(incident, other, actor, reason)
    incident.refresh_from_db()
    assert incident.merged_into is None


def test_a_merge_says_that_both_were_dispatched(site, published):
    pair, actor = [raised(site, f"zone:{n}") for n in (1, 2)], UserFactory()
    for each in pair:
        services.review(each, actor, confirmed=True, reason="seen")
        each.refresh_from_db()
        each.state = "dispatched"
        each.save()
    services.merge(*pair, actor, "one person")
    merged = of(events.IncidentMerged, published)[0]
    assert (merged.survivor_id, merged.merged_id) == (pair[1].pk, pair[0].pk)
    assert merged.both_dispatched


def test_what_authorities_know_of_is_not_merged_into_what_they_do_not_know(site):
    known, other, actor = raised(site), raised(site, "zone:2"), UserFactory()
    services.review(known, actor, confirmed=True, reason="seen")
    known.refresh_from_db()
    known.state = "dispatched"
    known.save()
    with pytest.raises(Rejection, match="authorities were notified"):
        services.merge(known, other, actor, "one person")
    assert services.merge(other, known, actor, "one person") == known


def test_the_owner_of_a_merged_incident_looks_after_a_survivor_that_no_one_does(site):
    pair = [raised(site, f"zone:{n}") for n in (1, 2)]
    guard, other = (MembershipFactory(site=site, role="guard").user for _each in range(2))
    services.acknowledge(pair[0], guard)
    survivor = services.merge(*pair, other, "one person")
    assert (survivor.assigned_to, survivor.acked_by) == (guard, None)
    assert timeline.of(survivor).first().code == "assigned"
    third = raised(site, "zone:3")
    services.assign(third, other, other)
    assert services.merge(third, survivor, other, "one person").assigned_to == guard


def test_the_timeline_says_that_a_cause_is_gone_and_back(site):
    incident = raised(site)
    services.clear(site.pk, "intrusion", "zone:1")
    raised(site)
    raised(site)
    codes = [each.code for each in timeline.of(incident)]
    assert codes == ["cause_is_back", "cause_cleared", "raised"]


def test_an_incident_that_a_person_has_confirmed_does_not_close_by_itself(site):
    source = f"device:{DeviceFactory(site=site).pk}"
    pair = [raised(site, f"{source}:{n}", kind="device_offline") for n in (1, 2)]
    services.review(pair[0], UserFactory(), confirmed=True, reason="the cable is cut")
    for number in (1, 2):
        services.clear(site.pk, "device_offline", f"{source}:{number}")
    for each in pair:
        each.refresh_from_db()
    assert [(each.state, each.cleared) for each in pair] == [("confirmed", True), ("closed", True)]


def test_the_database_refuses_a_merged_incident_that_goes_on(site):
    pair = [raised(site, f"zone:{n}") for n in (1, 2)]
    pair[0].merged_into = pair[1]
    with pytest.raises(IntegrityError), transaction.atomic():
        pair[0].save()


def test_every_step_is_in_the_audit_log(site):
    manager, incident, other = UserFactory(), raised(site), raised(site, "zone:2")
    services.comment(incident, manager, "on the way")
    services.change_procedure(site, manager, "intrusion", ["Look"])
    services.tick_step(incident, ProcedureStep.objects.get(), manager, done=True)
    services.merge(other, incident, manager, "same")
    services.review(incident, manager, confirmed=True, reason="seen")
    services.review_again(incident, manager, confirmed=True, reason="worse", severity="extreme")
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == [
        "comment on incident",
        "change procedure",
        "do step",
        "merge incident",
        "review incident",
        "review incident again",
    ]
