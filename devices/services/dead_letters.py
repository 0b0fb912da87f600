"""What a person does about dead letters."""

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
    """Take the refused message again, as of when it came, now that its fault is mended.

    Raises:
        Rejection: it is refused still, was dealt with before, or was too large to be kept whole.
    """
    take_again(letter, _name_of(actor))
    _tell_letter(letter, actor, "replay dead letter")


@transaction.atomic
def take_again(letter: DeadLetter, actor: str) -> None:
    """Do what `replay_dead_letter` does, for one that tells of many at once (devices.replays).

    Raises:
        Rejection: as there.
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
        raise dead_letters.broken(letter.topic, error) from error
    letter.replayed_at = clock.now()
    letter.replayed_by = actor
    letter.save(update_fields=["replayed_at", "replayed_by"])


@transaction.atomic
def discard_dead_letter(letter: DeadLetter, actor: User | str) -> None:
    """Put the dead letter away: it needs nothing more.

    Raises:
        Rejection: it was dealt with before.
    """
    letter = _open(letter)
    letter.discarded_at = clock.now()
    letter.save(update_fields=["discarded_at"])
    _tell_letter(letter, actor, "discard dead letter")


def _open(letter: DeadLetter) -> DeadLetter:
    """Lock the letter, which nobody has dealt with yet."""
    locked = DeadLetter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if locked.replayed_at is not None or locked.discarded_at is not None:
        raise rejected("letter", "already_closed")
    return locked


def _tell_letter(letter: DeadLetter, actor: User | str, action: str) -> None:
    audit.record(letter.site, actor, action, ("dead_letter", letter.pk), topic=letter.topic)
    if letter.site_id is not None:
        live.announce(topics.DEAD_LETTER, letter.site_id)


def _name_of(actor: User | str) -> str:
    return actor.get_username() if isinstance(actor, User) else actor
