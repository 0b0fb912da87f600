"""Recompute a plate's stays in a lot from its passages, and apply what differs as rows.

`parking.timeline` says which stays the passages imply. Stored stays that differ are changed here,
their charges by adjustments; what did not change is left alone, so a price that a person set
stands. No barrier is opened: a car that waits at an exit is decided about again afterwards.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from access.events import PassageChanged
from access.models import Passage
from access.retention import is_past
from core.events import publish_durable
from estate.models import Lot
from parking import adjusting, charges, facts, selectors, timeline
from parking.adjusting import Target
from parking.events import StayRecomputed
from parking.locks import lock_timelines
from parking.models import LotRules, Stay
from parking.timeline import Span

# Whether the car passed without a decision to open, may have come back through the opposite lane,
# or was followed by a later read of its plate. It runs for every car that passes.
_CHANGES_MORE = """
SELECT NOT EXISTS (SELECT FROM access_decision WHERE passage_id = %(passage)s AND outcome = 'open')
    OR EXISTS (SELECT FROM parking_lotrules WHERE lot_id = own.lot_id AND opposite_s > 0)
    OR EXISTS (
        SELECT FROM access_passage AS later JOIN estate_lane AS lane ON lane.id = later.lane_id
        WHERE later.site_id = %(site)s AND later.plate = %(plate)s AND lane.lot_id = own.lot_id
          AND later.seen_at > %(seen_at)s AND later.id <> %(passage)s)
FROM estate_lane AS own WHERE own.id = %(lane)s
"""
_FIXED = (Stay.Status.CLOSED, Stay.Status.UNDONE)


@dataclass(slots=True)
class Timeline:
    """A plate's stored stays and what its passages imply, from one instant on."""

    plate: str
    rows: list[Stay]
    spans: list[Span]
    passages: dict[int, Passage] = field(default_factory=dict)


@transaction.atomic(savepoint=False)
def recompute(
    lot: Lot,
    plates: Sequence[str],
    since: datetime,
    *,
    corrected: bool = False,
    repriced: Collection[Stay] = (),
) -> None:
    """Bring the stays of the plates in line with their passages, from that instant on.

    Args:
        lot: where the passages are.
        plates: one, or both plates of a correction.
        since: the earliest passage that has arrived or changed.
        corrected: a person corrected a plate, so stays that change are to be reviewed.
        repriced: stays to price again even if the timeline is the same: a payment or a permit for
            them was recorded after they had ended.
    """
    lock_timelines(lot.pk, plates)
    if is_past(lot.site_id, since):
        _flag_unchanged(lot, plates, since)
        return
    rules = selectors.rules_of(lot)
    timelines = [_load(lot, plate, since, rules) for plate in dict.fromkeys(plates)]
    targets = _assign(timelines)
    for target in targets:
        target.is_repriced = target.row is not None and target.row in repriced
    rows = list({row.pk: row for each in timelines for row in each.rows}.values())
    changed = adjusting.apply(targets, rows, rules, corrected=corrected)
    for stay in changed:
        if stay.status == Stay.Status.OPEN and stay.waiting_passage_id:
            publish_durable(StayRecomputed(stay.public_id))


def is_changed_by(event: PassageChanged) -> bool:
    """Whether a movement changes more than the decision to open has done already."""
    passage = event.passage
    had_turned_back = event.before == timeline.TURNED_BACK
    if event.movement != timeline.PASSED or had_turned_back or passage.is_late:
        return True
    values: dict[str, Any] = {
        "passage": passage.pk,
        "lane": passage.lane_id,
        "site": passage.site_id,
        "plate": passage.plate,
        "seen_at": passage.seen_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES_MORE, values)
        return bool(cursor.fetchone()[0])


def _flag_unchanged(lot: Lot, plates: Sequence[str], since: datetime) -> None:
    """Queue for review what a fact from before the retention limit would have changed."""
    # The stay that the car was in at that instant, else its next one.
    concerned = Q(entered_at__gte=since) | Q(left_at__gte=since) | Q(status=Stay.Status.OPEN)
    stays = Stay.objects.select_for_update(no_key=True).filter(concerned, lot=lot, plate__in=plates)
    for stay in stays.exclude(status=Stay.Status.UNDONE).order_by("entered_at", "pk")[:1]:
        if "late_record" not in stay.review:
            stay.review = [*stay.review, "late_record"]
            stay.save(update_fields=["review"])


def _load(lot: Lot, plate: str, since: datetime, rules: LotRules) -> Timeline:
    own = Q(lot=lot, plate=plate)
    begin = _begin_of(own, since - facts.longest_reread(lot))
    passages = facts.passages_of(lot, [plate], begin)
    # A stay that was undone under another plate still refers to its passages.
    is_of_passage = Q(entry_passage__in=passages) | Q(waiting_passage__in=passages)
    is_of_passage &= Q(status=Stay.Status.UNDONE)
    rows = list(
        Stay.objects.filter(own & Q(entered_at__gte=begin) | is_of_passage)
        .select_for_update(of=("self",), no_key=True)
        .select_related("site", "lot", "tariff", "visitor_pass", "entry_passage", "exit_passage")
        .order_by("entered_at", "pk")
    )
    for row in [each for each in rows if each.exit_passage and each.exit_passage.redacted]:
        begin = max(begin, row.left_at or begin)  # what is past the retention period stands
        rows = [each for each in rows if each.entered_at >= begin]
    passages = [each for each in passages if each.seen_at >= begin]
    reads = [facts.read_of(passage) for passage in passages]
    reads += [facts.known_entry(row) for row in rows if _is_fact(row)]
    spans = timeline.derive(reads, rules.opposite_s)
    return Timeline(plate, rows, spans, {each.pk: each for each in passages})


def _begin_of(own: Q, unchanged_until: datetime) -> datetime:
    """Return the instant from which a timeline is derived.

    It is the entry of the last stay before the change. Reads of one car at a lane are grouped, so
    a change may also undo an entry that came before it by the lane's time for reading again.
    """
    before = Stay.objects.filter(own, entered_at__lt=unchanged_until)
    entries = before.exclude(status=Stay.Status.UNDONE).order_by("-entered_at")
    return entries.values_list("entered_at", flat=True).first() or unchanged_until


def _is_fact(row: Stay) -> bool:
    """Whether the stay's entry is known only by the stay itself, which may still end."""
    entry = row.entry_passage
    known = entry is None or entry.redacted
    ended = row.status in _FIXED and row.exit_passage_id is None
    return known and not ended


def _assign(timelines: Sequence[Timeline]) -> list[Target]:
    """Find the stored stay of each span.

    Money belongs to the exit where it was taken and follows that read; a stay that was paid
    elsewhere follows its entry, as one without payments does. Where the read of money has no stay,
    the stored stay is undone and its money is due for refund, until the read has a stay again.
    """
    rows = {row.pk: row for each in timelines for row in each.rows}
    targets = [Target(each.plate, span, each.passages) for each in timelines for span in each.spans]
    claimed = _claim_paid(targets, rows.values()) if _moves(targets, rows.values()) else set()
    for target in targets:
        if target.row is None:
            own = (r for r in rows.values() if r.pk not in claimed and target.enters_by(r))
            target.row = next(own, None)
            claimed |= {target.row.pk} if target.row else set()
    _reuse(targets, [row for row in rows.values() if row.pk not in claimed])
    return targets


def _moves(targets: Sequence[Target], rows: Iterable[Stay]) -> bool:
    """Whether a stay would change its plate or its exit, so that money may have to follow."""
    for row in rows:
        own = next((target for target in targets if target.enters_by(row)), None)
        if own is None or own.plate != row.plate or own.exit_key != row.exit_passage_id:
            return True
    return False


def _claim_paid(targets: Sequence[Target], rows: Iterable[Stay]) -> set[int]:
    """Let the stored stays with payments have the spans that their money belongs to.

    Returns:
        The stored stays that get no other span.
    """
    paid = [row for row in rows if charges.received_before_refunds(row)]
    exits = {row.pk: row.exit_passage_id or row.waiting_passage_id for row in paid}
    for row in paid:
        _claim(row, (each for each in targets if each.exits_at(exits[row.pk])))
    for row in paid:
        if exits[row.pk] is None:
            _claim(row, (each for each in targets if each.enters_by(row)))
    for row in paid:
        if not any(each.row is row for each in targets):
            _claim(row, _around(targets, exits[row.pk] or row.entry_passage_id))
    return {row.pk for row in paid}


def _claim(row: Stay, targets: Iterable[Target]) -> None:
    free = next((target for target in targets if target.row is None), None)
    if free is not None:
        free.row = row


def _around(targets: Sequence[Target], passage: int | None) -> Iterator[Target]:
    """Yield the stay during or after which a car was read, if its plate has one."""
    found: Target | None = None
    for target in targets:
        read = target.passages.get(passage or 0)
        if read is not None and target.span.entry.at <= read.seen_at:
            found = target
    return iter([found] if found else [])


def _reuse(targets: Sequence[Target], rows: Sequence[Stay]) -> None:
    """Give a span whose own stay went to another one the stay that is left over."""
    left = [row for row in rows if row.entry_passage_id is not None and not row.visitor_pass_id]
    for target in targets:
        taken = any(other.row and target.enters_by(other.row) for other in targets)
        if target.row is None and taken and left:
            target.row = left.pop(0)
