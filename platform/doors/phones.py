"""Open a door by a button on the phone of a person who stands at it."""

import time

from django.db import transaction

from core import clock
from core.ids import ordered_id
from doors import decisions, opening, reading
from doors.context import DoorContext, Shown
from doors.models import DoorPassage, Token
from doors.release import no_opener
from estate.models import Door

SENDER = "phone"


@transaction.atomic
def open_by_phone(token: Token, door: Door) -> DoorPassage:
    """Decide about a person who asks by the phone, and open the door or not.

    The portal has checked that the token is of a person for whom the user acts.

    Raises:
        Rejection: no device of the door can be told to open it.
    """
    served = opening.openers([door])
    if not served:
        raise no_opener()
    started, now = time.perf_counter_ns(), clock.now()
    facts = reading.door_of_key(door.pk)
    context = DoorContext(at=now, means=Token.Means.PHONE.value, door=facts, shown=_shown(token))
    reading.complete(context)
    made = decisions.make(context, started)
    passage = DoorPassage(
        site_id=door.site_id,
        door=door,
        device=served[0].device,
        key=f"phone {ordered_id()}",
        means=context.means,
        token=token,
        person_id=token.person_id,
        direction=facts.direction if facts else "",
        granted=made.opens,
        outcome=made.outcome,
        rule=made.rule,
        facts=made.result.facts or {},
        trace=made.trace,
        took_us=made.took_us,
        device_at=now,
        at=now,
        received_at=now,
    )
    if made.opens:
        passage.command = opening.send(served[0], SENDER, made.rule)
    decisions.store(passage, made)
    return passage


def _shown(token: Token) -> Shown:
    return Shown(
        token.means,
        token.person_id,
        token=token.pk,
        state=token.state,
        begins_on=token.begins_on,
        ends_on=token.ends_on,
    )
