"""What devices have reported of people: rejected messages, events, commands."""

from collections.abc import Iterator

from django.db.models import BinaryField, F, Func, IntegerField, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan

from core import clock, holdings
from core.holdings import Erased, Identity, Row
from devices.models import Command, DeadLetter, DeviceEvent


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rejected messages that name the person."""
    yield "rejected messages", holdings.rows_of(_letters(identity), "topic", "received_at", "code")


def erase(identity: Identity) -> Erased:
    """Blank rejected messages, and remove the person's texts from events and commands."""
    now = clock.now()
    letters = list(_letters(identity).values_list("pk", flat=True))
    found = DeadLetter.objects.filter(pk__in=letters)
    found.filter(replayed_at=None, discarded_at=None).update(discarded_at=now)
    rows = found.update(payload=b"", params={}, message="", hint="", sender="")
    events = DeviceEvent.objects.filter(device__site=identity.site_id)
    rows += holdings.clear_terms(events, identity, "detail")
    commands = Command.objects.filter(device__site=identity.site_id)
    rows += holdings.with_terms(commands, identity, "args", "answer", "reason").update(
        args={}, answer=None, reason=""
    )
    return Erased(rows)


def _letters(identity: Identity) -> QuerySet[DeadLetter]:
    """Return the rejected messages whose payload or reason holds one of the person's texts."""
    letters = DeadLetter.objects.filter(Q(site=identity.site_id) | Q(site=None))
    in_reason = holdings.with_terms(letters, identity, "params", "message", "hint", "sender")
    return letters.filter(_in_payload(identity) | Q(pk__in=in_reason.values("pk")))


def _in_payload(identity: Identity) -> Q:
    """Return the condition for rejected messages whose bytes hold one of the person's texts."""
    held = Q(pk__in=[])
    for text in (form for term in identity.terms for form in holdings.encodings(term)):
        position = Func(
            Value(text, output_field=BinaryField()),
            F("payload"),
            template="position(%(expressions)s)",
            arg_joiner=" IN ",
            output_field=IntegerField(),
        )
        held |= Q(GreaterThan(position, Value(0)))
    return held


holdings.register(holdings.Part("devices", export, erase))
