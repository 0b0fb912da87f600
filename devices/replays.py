"""Replay many dead letters in the background, once the cause of their rejection is fixed.

A replay is a run (core.runs) whose letters are marked with it when it starts. It replays them
oldest first, each in a transaction of its own that also counts it.
"""

from django.db import transaction
from django.db.models import QuerySet

from core import audit, live, runs
from core.errors import Rejection
from core.models import Run, Site, User
from devices import dead_letters, services, topics
from devices.models import REPLAY_KIND, DeadLetter
from devices.rejections import rejected


@transaction.atomic
def start(site: Site, chosen: QuerySet[DeadLetter], actor: User) -> Run:
    """Start a replay of those chosen letters of the site that are still open.

    Raises:
        Rejection: none of them is.
    """
    open_letters = chosen.filter(site=site, replayed_at=None, discarded_at=None).order_by()
    run = runs.start(REPLAY_KIND, site, actor.get_username(), total=0)
    run.total = open_letters.update(replay=run)
    if not run.total:
        raise rejected("letter", "none_open")
    run.save(update_fields=["total"])
    audit.record(site, actor, "replay dead letters", ("replay", run.pk), letters=run.total)
    return run


def replay_next(run: Run) -> runs.Chunk:
    """Replay the next letter of the run: a chunk of one."""
    rest = DeadLetter.objects.filter(replay=run, pk__gt=run.cursor or 0).order_by("pk")
    letter = rest.select_for_update(of=("self",)).first()
    if letter is None:
        return runs.Chunk()
    succeeded = _replay(letter, run.actor)
    return runs.Chunk(done=int(succeeded), failed=int(not succeeded), cursor=letter.pk)


def _replay(letter: DeadLetter, actor: str) -> bool:
    """Replay the letter; return False, and store the new reason, where it is rejected again."""
    if letter.replayed_at is not None or letter.discarded_at is not None:
        return True  # settled by hand since the run started
    try:
        services.reprocess_dead_letter(letter, actor)
    except Rejection as rejection:
        columns = dead_letters.reason_columns(rejection)
        for name, value in columns.items():
            setattr(letter, name, value)
        letter.save(update_fields=list(columns))
        return False
    return True


def announce(run: Run) -> None:
    """Announce that a replay has made progress."""
    live.announce(topics.REPLAY, run.site_id, run.pk)
    live.announce(topics.DEAD_LETTER, run.site_id)


runs.register(REPLAY_KIND, replay_next, announce)
