"""Try a rule on the past 30 days: what it would have raised."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from core import audit, clock, live, runs
from core.models import Run, User
from incidents import topics
from incidents.alarms import index as rules_index
from incidents.alarms import observables, silence
from incidents.alarms.editing import SUBJECT
from incidents.alarms.past import Past
from incidents.models import AlarmRule
from incidents.rules.replay import Period, replay

KIND = "incidents.trial"
SPAN = timedelta(days=30)
# So many of what would have been raised are listed, the newest of each source.
LISTED, LISTED_OF_SOURCE = 200, 20


@transaction.atomic
def start_trial(rule: AlarmRule, actor: User) -> Run:
    """Try the rule as it is now; an unfinished trial of it is cancelled."""
    for each in trials_of(rule).filter(state__in=Run.UNFINISHED):
        runs.cancel(each)
    now = clock.now()
    watching = rules_index.watching(rule, now)
    subject = observables.source_of(next(iter(watching.rule.kinds)))
    sources = watching.scope.sources(subject)
    parameters = {
        "rule": rule.pk,
        "version": rule.version,
        "until": now.isoformat(),
        "subject": subject,
        "sources": sources,
    }
    audit.record(rule.site, actor, "try alarm rule", (SUBJECT, rule.pk))
    return runs.start(KIND, rule.site, actor.get_username(), len(sources), parameters)


def trials_of(rule: AlarmRule) -> Any:
    """Return the trials of a rule, the newest first."""
    return Run.objects.filter(kind=KIND, site=rule.site_id, parameters__rule=rule.pk)


def latest_trial(rule: AlarmRule) -> Run | None:
    """Return the last trial of the rule as it is now; None if it was changed since."""
    found: Run | None = trials_of(rule).filter(parameters__version=rule.version).first()
    return found


def try_next(run: Run) -> runs.Chunk:
    """Replay the past of the next source."""
    sources, place = run.parameters["sources"], run.cursor or 0
    rule = AlarmRule.objects.select_related("site").get(pk=run.parameters["rule"])
    if place >= len(sources) or rule.version != run.parameters["version"]:
        return runs.Chunk()
    until = datetime.fromisoformat(run.parameters["until"])
    past = Past(until - SPAN, until)
    periods = _replay(rule, past, run.parameters["subject"], sources[place])
    result = _add(run.result, f"{run.parameters['subject']}:{sources[place]}", periods, past)
    place += 1
    return runs.Chunk(1, cursor=place if place < len(sources) else None, result=result)


def announce(run: Run) -> None:
    """Notify open pages of a trial's progress."""
    live.announce(topics.ALARM_RULE, run.site_id, run.parameters["rule"])


def _replay(rule: AlarmRule, past: Past, subject: str, pk: int) -> list[Period]:
    watching = rules_index.watching(rule, past.begin)
    signals = past.signals(watching.rule.kinds, subject, pk)
    if not silence.is_watched_from_its_first_report(watching, subject):
        return replay(watching.rule, signals, past.begin, past.end)
    found = silence.from_first_report(watching, pk, signals, past.begin)
    return replay(watching.rule, *found, past.end) if found else []


def _add(before: dict[str, Any], source: str, periods: list[Period], past: Past) -> dict[str, Any]:
    """Return the result with the periods of one more source."""
    listed = [
        {
            "source": source,
            "began_at": each.began_at.isoformat(),
            "ended_at": each.ended_at.isoformat() if each.ended_at else None,
        }
        for each in periods[-LISTED_OF_SOURCE:]
    ]
    everything = [*before.get("periods", ()), *listed]
    everything.sort(key=lambda period: period["began_at"], reverse=True)
    return {
        "raised": before.get("raised", 0) + len(periods),
        "sources": before.get("sources", 0) + bool(periods),
        "periods": everything[:LISTED],
        "used": sorted({*before.get("used", ()), *past.used}),
    }


runs.register(KIND, try_next, announce)
