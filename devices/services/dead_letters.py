"""Replay and discard dead letters."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from core import audit, clock, live, undo
from core.errors import Rejection
from core.models import Site, User
from devices import dead_letters, inbound, topics
from devices.dispatch import UNAVAILABLE
from devices.models import DeadLetter
from devices.rejections import rejected
from devices.telemetry import services as telemetry
from devices.telemetry.message import is_telemetry


@transaction.atomic
def replay_dead_letter(letter: DeadLetter, actor: User | str) -> None:
    """Handle the rejected message again, as of the time it arrived.

    Raises:
        Rejection: it is rejected again, is closed already, or was stored truncated.
    """
    reprocess_dead_letter(letter, _name_of(actor))
    _record(letter, actor, "replay dead letter")


@transaction.atomic
def reprocess_dead_letter(letter: DeadLetter, actor: str) -> None:
    """Replay a dead letter without an audit entry of its own, for bulk replays.

    Raises:
        Rejection: as in `replay_dead_letter`.
    """
    letter = _open(letter)
    payload = bytes(letter.payload)
    if letter.size != len(payload):
        raise rejected("payload", "payload_cut")
    accept = telemetry.accept if is_telemetry(letter.topic) else inbound.accept
    try:
        with transaction.atomic():
            accept(letter.topic, payload, letter.received_at)
    except (Rejection, *UNAVAILABLE):
        raise
    except Exception as error:
        raise dead_letters.handler_failure(letter.topic, error) from error
    letter.replayed_at = clock.now()
    letter.replayed_by = actor
    letter.save(update_fields=["replayed_at", "replayed_by"])


@transaction.atomic
def discard_dead_letter(letter: DeadLetter, actor: User | str) -> None:
    """Close the dead letter without replaying it.

    Raises:
        Rejection: it is closed already.
    """
    _discard(_open(letter), actor)


@transaction.atomic
def discard_dead_letters(letters: Iterable[DeadLetter], actor: User) -> undo.Changes:
    """Close those of the dead letters that are open; return their changes."""
    # Locked in one order, so that two people with overlapping selections do not deadlock.
    chosen = _locked().filter(replayed_at=None, discarded_at=None).order_by("pk")
    found = list(chosen.filter(pk__in=[letter.pk for letter in letters]))
    return undo.record_changes(found, ["discarded_at"], lambda each: _discard(each, actor))


@transaction.atomic
def restore_dead_letters(site: Site, actor: User, changes: undo.Changes) -> None:
    """Undo `discard_dead_letters`: the messages are open again.

    Raises:
        Rejection: one was deleted since.
    """
    rows = DeadLetter.objects.filter(site=site).select_related("site").defer("payload")
    for letter, before in undo.unchanged_rows(rows, changes):
        letter.discarded_at = before["discarded_at"]
        letter.save(update_fields=["discarded_at"])
        _record(letter, actor, "restore dead letter")


def _discard(letter: DeadLetter, actor: User | str) -> None:
    letter.discarded_at = clock.now()
    letter.save(update_fields=["discarded_at"])
    _record(letter, actor, "discard dead letter")


def _locked() -> QuerySet[DeadLetter]:
    rows = DeadLetter.objects.select_for_update(of=("self",))
    return rows.select_related("site").defer("payload")


def _open(letter: DeadLetter) -> DeadLetter:
    """Lock the letter, which must be open."""
    locked = DeadLetter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if locked.replayed_at is not None or locked.discarded_at is not None:
        raise rejected("letter", "already_closed")
    return locked


def _record(letter: DeadLetter, actor: User | str, action: str) -> None:
    audit.record(letter.site, actor, action, ("dead_letter", letter.pk), topic=letter.topic)
    if letter.site_id is not None:
        live.announce(topics.DEAD_LETTER, letter.site_id)


def _name_of(actor: User | str) -> str:
    return actor.get_username() if isinstance(actor, User) else actor
