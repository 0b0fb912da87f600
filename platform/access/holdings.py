"""What this room holds of people: passages of their cars, list entries, visitor passes."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from access import label_exports
from access.models import AccessListEntry, Decision, Movement, Passage, PlateRead, VisitorPass
from access.redaction import redact
from core import clock, holdings
from core.holdings import Erased, Identity, Row


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield the passages of the person's cars, their list entries and visitor passes."""
    passages = _passages(identity).order_by("seen_at")
    yield "passages", holdings.rows_of(passages, "seen_at", "direction", "plate", "lane__name")
    entries = _entries(identity).order_by("pk")
    yield "access lists", holdings.rows_of(entries, "kind", "plate", "begins_at", "ends_at")
    passes = _passes(identity).order_by("pk")
    fields = ("plate", "visitor_name", "reason", "begins_at", "ends_at")
    yield "visitor passes", holdings.rows_of(passes, *fields)
    named = holdings.with_terms(_overrides(identity), identity, "reason").order_by("at")
    yield "reasons at lanes", holdings.rows_of(named, "at", "passage__lane__name", "reason")


def erase(identity: Identity) -> Erased:
    """Redact passages and passes and delete list entries; evidence and blocks in force stay."""
    evidence = _passages(identity).filter(evidence=True).count()
    found = _passages(identity).filter(evidence=False)
    rows = redact(dict(found.values_list("pk", "image")))
    if rows:  # they may be in a file of labelled photos
        label_exports.delete_of_site(identity.site_id)
    moved = identity.with_plate("plate", "at")
    rows += Movement.objects.filter(
        moved, passage=None, lane__gate__site=identity.site_id
    ).delete()[0]
    in_force = _entries(identity).filter(kind=AccessListEntry.Kind.BLOCK, ends_at=None)
    blocks = in_force.count()
    rows += _entries(identity).exclude(pk__in=in_force.values("pk")).delete()[0]
    rows += _erase_passes(identity)
    rows += holdings.clear_terms(_overrides(identity), identity, "reason")
    corrected = PlateRead.objects.filter(passage__site=identity.site_id).exclude(reason="")
    rows += holdings.clear_terms(corrected, identity, "reason")
    kept = {"passages of an incident": evidence, "entries of the block list": blocks}
    return Erased(rows, {reason: count for reason, count in kept.items() if count})


def blocks(identity: Identity) -> Iterator[str]:
    """Yield that a car of the person waits at a lane."""
    waiting = _passages(identity).filter(ended_at=None, state__in=WAITING)
    if waiting.exists():
        yield _("a car waits at a lane")


WAITING = (Passage.State.READING, Passage.State.HELD, Passage.State.UNPAID)


def _passages(identity: Identity) -> QuerySet[Passage]:
    """Return the passages with a plate of the person, in force or read once."""
    own = identity.with_plate("plate", "seen_at")
    reads = PlateRead.objects.filter(
        identity.with_plate("text", "passage__seen_at"), passage__site=identity.site_id
    )
    return Passage.objects.filter(own | Q(pk__in=reads.values("passage")), site=identity.site_id)


def _entries(identity: Identity) -> QuerySet[AccessListEntry]:
    own = identity.with_plate("plate", "begins_at")
    return AccessListEntry.objects.filter(own, site=identity.site_id)


def _overrides(identity: Identity) -> QuerySet[Decision]:
    """Return the decisions of persons, who give a reason, such as whom they let in."""
    return Decision.objects.filter(passage__site=identity.site_id).exclude(reason="")


def _passes(identity: Identity) -> QuerySet[VisitorPass]:
    own = identity.with_plate("plate", "begins_at") | Q(host=identity.person_id)
    return VisitorPass.objects.filter(own, site=identity.site_id)


def _erase_passes(identity: Identity) -> int:
    """Blank the passes of the person's cars, and no longer name the person as a host."""
    now = clock.now()
    valid = _passes(identity).filter(cancelled_at=None, ends_at__gt=now)
    valid.update(cancelled_at=now)
    own = identity.with_plate("plate", "begins_at")
    passes = VisitorPass.objects.filter(site=identity.site_id)
    rows = passes.filter(own).update(plate="", folded="", visitor_name="", phone="")
    return rows + passes.filter(host=identity.person_id).update(
        host=None, visitor_name="", phone=""
    )


holdings.register(holdings.Part("access", export, erase, blocks))
