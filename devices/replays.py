"""Taking many dead letters again, once what was wrong with them is mended.

A run is a row; its letters are marked with it at its beginning, and a job takes one after another,
oldest first, each in a transaction of its own that also counts it. Cut off anywhere, the job goes
on behind the last letter it counted.
"""

import time

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import audit, clock, jobs, live
from core.errors import Rejection
from core.models import Site, User
from devices import dead_letters, services
from devices.models import DeadLetter, Replay

# Shorter than a job may take (settings.Q_CLUSTER): the rest is a job of its own.
LONGEST_S = 45.0
# How often open pages hear how far a run is.
TELL_S = 0.5


@transaction.atomic
def begin(site: Site, chosen: QuerySet[DeadLetter], actor: User) -> Replay:
    """Begin a run over those of the chosen letters of the site that wait for somebody.

    Raises:
        Rejection: none of them does.
    """
    waiting = chosen.filter(site=site, replayed_at=None, discarded_at=None).order_by()
    run = Replay.objects.create(
        site=site, actor=actor.get_username(), begun_at=clock.now(), total=0
    )
    run.total = waiting.update(replay=run)
    if not run.total:
        raise Rejection(
            "letter", "none_open", _("none of them waits any more"), _("look at the list again")
        )
    run.save(update_fields=["total"])
    audit.record(site, actor, "replay dead letters", ("replay", run.pk), letters=run.total)
    jobs.enqueue("devices.jobs.replay_letters", run.pk, key=f"replay {run.pk}")
    _tell(run)
    return run


def go_on(run_id: int, seconds: float = LONGEST_S) -> bool:
    """Take the run's next letters again, for so long; return whether some are left."""
    until, told = time.monotonic() + seconds, 0.0
    while time.monotonic() < until:
        run = _take_next(run_id)
        if run.ended_at is not None:
            return False
        if time.monotonic() > told + TELL_S:
            told = time.monotonic()
            _tell(run)
    return True


@transaction.atomic
def _take_next(run_id: int) -> Replay:
    """Take one letter again and count it; end the run where there is none."""
    run = Replay.objects.select_for_update().get(pk=run_id)
    rest = DeadLetter.objects.filter(replay=run, pk__gt=run.last_letter).order_by("pk")
    letter = rest.select_for_update(of=("self",)).first()
    if letter is None:
        return _end(run)
    if _take(letter, run.actor):
        run.done += 1
    else:
        run.failed += 1
    run.last_letter = letter.pk
    run.save(update_fields=["done", "failed", "last_letter"])
    return run


def _take(letter: DeadLetter, actor: str) -> bool:
    """Take the letter again; one that is refused still says from now on why it is."""
    if letter.replayed_at is not None or letter.discarded_at is not None:
        return True  # somebody dealt with it since the run began
    try:
        services.take_again(letter, actor)
    except Rejection as rejection:
        letter.field = dead_letters.fit(rejection.field, 120)
        letter.problem = dead_letters.fit(rejection.message, 400)
        letter.hint = dead_letters.fit(rejection.hint, 400)
        letter.save(update_fields=["field", "problem", "hint"])
        return False
    return True


def _end(run: Replay) -> Replay:
    if run.ended_at is None:
        run.ended_at = clock.now()
        run.save(update_fields=["ended_at"])
        _tell(run)
    return run


def _tell(run: Replay) -> None:
    live.announce(run.site_id, "replay", id=run.pk)
    live.announce(run.site_id, "dead_letter")
