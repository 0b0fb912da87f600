"""What this room holds of people: leases, what was charged to them by hand, and reminders."""

from collections.abc import Iterator

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from core import clock, holdings
from core.holdings import Erased, Identity, Row
from fees.models import Lease, OneOffCharge, ReminderMessage
from people.models import Person
from people.periods import lasting_after, today


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield the person's leases, single charges (amounts in minor units) and reminders."""
    leases = _leases(identity).annotate(contract=F("number")).order_by("begins_on")
    yield "leases", holdings.rows_of(leases, "contract", "begins_on", "ends_on", "deposit")
    entries = _entries(identity).order_by("entered_at")
    yield "single charges", holdings.rows_of(entries, "description", "amount", "happened_on")
    named = {"bill": F("reminder__bill__number"), "sent_by": F("channel"), "sent_to": F("address")}
    messages = _messages(identity).annotate(**named).order_by("pk")
    fields = ("bill", "sent_by", "sent_to", "state", "created_at", "ended_at")
    yield "reminders", holdings.rows_of(messages, *fields)


def erase(identity: Identity) -> Erased:
    """Remove the person's texts and addresses; contracts and charges stay, by their keys.

    A reminder that waits is not sent any more.
    """
    rows = holdings.clear_terms(_entries(identity), identity, "description")
    rows += _erase_messages(identity)
    kept = _leases(identity).count()
    return Erased(rows, {"leases": kept} if kept else {})


def blocks(identity: Identity) -> Iterator[str]:
    """Yield that a lease goes on."""
    site = Person.objects.select_related("site").get(pk=identity.person_id).site
    if _leases(identity).filter(lasting_after(today(site))).exists():
        yield _("a lease goes on")


def _messages(identity: Identity) -> QuerySet[ReminderMessage]:
    """Return the reminders to the person, and to a company at an address of the person."""
    own = Q(receiver_type="person", receiver_id=str(identity.person_id))
    shared = Q(address__in=[*identity.emails, *identity.phones])
    return ReminderMessage.objects.filter(own | shared, reminder__bill__site=identity.site_id)


def _erase_messages(identity: Identity) -> int:
    states = ReminderMessage.State
    messages = _messages(identity)
    waiting = messages.filter(state=states.WAITING)
    erased = waiting.update(state=states.ERASED, ended_at=clock.now(), address="")
    return erased + messages.exclude(address="").update(address="")


def _leases(identity: Identity) -> QuerySet[Lease]:
    return Lease.objects.filter(person=identity.person_id)


def _entries(identity: Identity) -> QuerySet[OneOffCharge]:
    return OneOffCharge.objects.filter(
        site=identity.site_id, payer_type="person", payer_id=str(identity.person_id)
    )


holdings.register(holdings.Part("fees", export, erase, blocks))
