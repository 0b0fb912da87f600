"""Replay and discard dead letters."""

from django.db import transaction

from core import audit, clock, live
from core.errors import Rejection
from core.models import User
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
    letter = _open(letter)
    letter.discarded_at = clock.now()
    letter.save(update_fields=["discarded_at"])
    _record(letter, actor, "discard dead letter")


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
