"""Apply a recomputed timeline to the stored stays and their charges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from access.models import Passage, VisitorPass
from access.selectors import plate_records
from billing.selectors import Received
from core import clock
from core.plates import fold
from parking import charges, charging, passes, selectors, services, vehicle_classes
from parking.models import LotRules, Stay
from parking.timeline import Read, Span

Status = Stay.Status
# Codes of reviews that follow from the state of a stay; others are left until a person reviews.
_DERIVED_REVIEWS = ("superseded", "left_unpaid", "clock_wrong")


@dataclass(slots=True)
class Target:
    """One stay as it should be, and the row that stores it, if there is one."""

    plate: str
    span: Span
    passages: Mapping[int, Passage]
    row: Stay | None = None
    is_repriced: bool = False
    visitor_pass: VisitorPass | None = None

    @property
    def entry(self) -> Passage | None:
        """The passage it began by; None where only the row knows of the entry."""
        return self.passages.get(self.span.entry.key)

    @property
    def exit_key(self) -> int | None:
        """The passage it ended by."""
        return self.span.exit.key if self.span.exit else None

    @property
    def waiting_key(self) -> int | None:
        """The passage at an exit that waits there, while the stay is open."""
        waiting = self.span.waiting
        return waiting.key if waiting and self.span.status == Status.OPEN else None

    @property
    def left_by(self) -> Passage | None:
        """The read at an exit by which it ended, or waits there."""
        return self.passages.get(self.exit_key or self.waiting_key or 0)

    def enters_by(self, row: Stay) -> bool:
        """Whether the row's entry is this stay's."""
        if self.span.entry.row is not None:
            return self.span.entry.row == row.pk
        return self.span.entry.key == row.entry_passage_id

    def exits_at(self, *passages: int | None) -> bool:
        """Whether it ended, or waits, at one of these passages."""
        own = {self.exit_key, self.waiting_key} - {None}
        return bool(own & set(passages))


def apply(
    targets: Sequence[Target], rows: Sequence[Stay], rules: LotRules, *, corrected: bool
) -> list[Stay]:
    """Change the stored stays to the targets; return the stays that changed.

    Args:
        targets: by plate and time of entry.
        rows: the stored stays; those of no target are undone.
        corrected: a person corrected a plate.
    """
    used = {target.row.pk for target in targets if target.row is not None}
    unused = [row for row in rows if row.pk not in used]
    undone = [row for row in unused if row.status != Status.UNDONE and not _stands_alone(row)]
    entries = {target.span.entry.key for target in targets}
    _release([*undone, *(row for row in unused if row.entry_passage_id in entries)])
    _assign_passes(targets, undone)
    previous = _previous(targets)
    differing: list[Target] = []
    for target in targets:
        before = previous[id(target)]
        may_change = bool(undone) or before in differing
        if differs(target) or (may_change and frees_otherwise(target, before, rules)):
            differing.append(target)
    _release([target.row for target in differing if target.row is not None])
    for row in undone:
        _undo(row, keeps_entry=row.entry_passage_id not in entries)
    for target in differing:
        if target.row is not None and not _has_its_pass(target, target.row):
            passes.uncover(target.row)
    for target in differing:
        _write(target, previous[id(target)], rules, corrected=corrected)
    return [*undone, *(target.row for target in differing if target.row is not None)]


def _stands_alone(row: Stay) -> bool:
    """Whether the stay has no passage that could contradict it."""
    entry = row.entry_passage
    return (entry is None or entry.redacted) and row.exit_passage_id is None


def differs(target: Target) -> bool:
    """Whether the stored stay is not as it should be, or there is none."""
    row, span = target.row, target.span
    if row is None or target.is_repriced:
        return True
    stored = (row.plate, row.status, row.exit_passage_id, row.waiting_passage_id)
    wanted = (target.plate, span.status, target.exit_key, target.waiting_key)
    if stored != wanted or not target.enters_by(row) or not _has_its_pass(target, row):
        return True
    return span.status != Status.OPEN and row.left_at != span.left_at


def frees_otherwise(target: Target, previous: Target | None, rules: LotRules) -> bool:
    """Whether the stay gets a free period, or none, by another stay before it."""
    row = target.row
    return row is not None and row.free_used != _has_just_left(row, previous, rules)


def _assign_passes(targets: Sequence[Target], rows: Sequence[Stay]) -> None:
    """Set the visitor pass of each target."""
    if not targets:
        return
    every_row = {row.pk: row for row in rows} | {t.row.pk: t.row for t in targets if t.row}
    visits = [
        passes.Visit(each.plate, each.span.entry.at, _gone_at(each.span), each.row)
        for each in targets
    ]
    chosen = passes.assign_passes(
        _site_of(targets[0]), visits, list(every_row.values()), clock.now()
    )
    for target, visitor_pass in zip(targets, chosen, strict=True):
        target.visitor_pass = visitor_pass


def _site_of(target: Target) -> int:
    known = target.row or target.entry
    assert known is not None  # noqa: S101 - a target without a row has the passage of its entry
    return known.site_id


def _gone_at(span: Span) -> datetime | None:
    """Return when the car had left the lane of its exit; None while it is inside."""
    left = span.exit
    if left is None:
        return span.left_at
    return max(filter(None, (left.at, left.moved_at, left.opened_at)))


def _has_its_pass(target: Target, row: Stay) -> bool:
    return row.visitor_pass_id == (target.visitor_pass.pk if target.visitor_pass else None)


def _release(rows: Sequence[Stay]) -> None:
    """Free the unique references of rows that are about to exchange them."""
    Stay.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=Status.UNDONE, entry_passage=None, exit_passage=None
    )


def _previous(targets: Sequence[Target]) -> dict[int, Target | None]:
    """Return the target before each one, of the same plate."""
    found: dict[int, Target | None] = {}
    last: dict[str, Target] = {}
    for target in targets:
        found[id(target)] = last.get(target.plate)
        last[target.plate] = target
    return found


def _undo(row: Stay, *, keeps_entry: bool) -> None:
    """Undo a stay whose car did not come in; what was paid for it becomes due for refund.

    Args:
        row: the stay.
        keeps_entry: no other stay begins by its entry now.
    """
    entry = row.entry_passage
    row.entry_passage = entry if keeps_entry else None
    row.status, row.price, row.lines = Status.UNDONE, None, []
    # What was paid belongs to that exit still, should it have a stay again.
    row.waiting_passage_id = row.exit_passage_id or row.waiting_passage_id
    row.exit_passage = None
    ended = entry.ended_at if entry is not None and entry.ended_at else row.left_at
    row.left_at = max(ended or row.entered_at, row.entered_at)
    passes.uncover(row)
    row.review = [each for each in row.review if each not in _DERIVED_REVIEWS]
    row.save()
    charges.cancel(row)
    services.announce(row)


def _write(target: Target, previous: Target | None, rules: LotRules, *, corrected: bool) -> None:
    """Store one target, price it, and bring its charge in line."""
    row, span, entry = target.row, target.span, target.entry
    is_new = row is None
    if row is None:
        row = target.row = _new(target)
    before = None if is_new else (row.status, row.price, row.plate)
    moved = entry is not None and (
        is_new or row.entered_at != entry.seen_at or row.plate != target.plate
    )
    row.plate, row.folded = target.plate, fold(target.plate)
    row.status, row.left_at = span.status, span.left_at
    if entry is not None:
        row.entry_passage = entry
    if moved or (before is not None and before[0] == Status.UNDONE):
        _begin(row, entry, previous, rules)
    else:
        row.free_used = _has_just_left(row, previous, rules)
    _cover(row, target)
    vehicle_classes.refine_class(row, target.left_by)
    row.exit_passage_id, row.waiting_passage_id = target.exit_key, target.waiting_key
    owed = _price(row, span.exit)
    row.review = review_codes(
        row, target, before, corrected=corrected, owes=bool(owed and owed.due)
    )
    row.save()
    if is_new:
        charges.begin_charge(row)
    _charge(row, before, is_repriced=target.is_repriced)
    services.announce(row)


def _new(target: Target) -> Stay:
    entry = target.passages[target.span.entry.key]
    return Stay(
        site=entry.site,
        lot=entry.lane.lot,
        plate=target.plate,
        folded=fold(target.plate),
        entered_at=entry.seen_at,
        currency=entry.site.currency,
    )


def _begin(row: Stay, entry: Passage | None, previous: Target | None, rules: LotRules) -> None:
    """Set what follows from the entry: tariff, class, permit, free minutes."""
    passes.uncover(row)
    if entry is None:
        return
    row.entered_at, row.vehicle = entry.seen_at, vehicle_classes.class_of(entry)
    row.tariff = selectors.tariff_at(row.lot_id, row.entered_at)
    row.currency = row.tariff.document["currency"] if row.tariff else row.site.currency
    row.free_used = _has_just_left(row, previous, rules)


def _cover(row: Stay, target: Target) -> None:
    """Set the permit by which the stay is free."""
    visitor_pass = target.visitor_pass
    begins_inside = visitor_pass is not None and visitor_pass.begins_at > row.entered_at
    if visitor_pass is not None and not (begins_inside and row.tariff_id is None):
        if row.visitor_pass_id is None:
            passes.cover_by_pass(row, visitor_pass)
    elif not row.cover and target.entry is not None:
        permit = passes.permit_at_entry(row.site_id, row.plate, row.entered_at)
        row.cover = permit.kind if permit else Stay.Cover.NONE


def _has_just_left(row: Stay, previous: Target | None, rules: LotRules) -> bool:
    if previous is not None:
        return has_just_left(row.entered_at, previous, rules)
    since = row.entered_at - timedelta(minutes=rules.reentry_minutes)
    earlier = Stay.objects.filter(lot=row.lot_id, plate=row.plate, status=Status.CLOSED)
    return earlier.filter(left_at__gt=since, left_at__lte=row.entered_at).exists()


def has_just_left(entered_at: datetime, previous: Target | None, rules: LotRules) -> bool:
    """Whether a stay gets no second free period, since the one before it ended so recently."""
    span = previous.span if previous is not None else None
    if span is None or span.status != Status.CLOSED or span.left_at is None:
        return False
    return span.left_at > entered_at - timedelta(minutes=rules.reentry_minutes)


def _price(row: Stay, left: Read | None) -> charging.Due | None:
    """Price a stay that has ended; None where it is not closed."""
    if row.status != Status.CLOSED or left is None:
        if row.tariff_id is not None or "entry_unknown" not in row.review:
            row.price, row.lines = None, []
        return None
    assert row.left_at is not None  # noqa: S101 - it has ended
    priced_at = row.left_at
    payments = charges.received_before_refunds(row)
    if row.tariff is not None:
        row.price, row.lines = None, []  # a stay that permits cover costs what is stored with it
        priced_at = _priced_at(left, row.left_at, payments)
    row.status = Status.OPEN  # what is closed has the price that is stored with it
    # Of passes only the one that was assigned counts.
    records = [r for r in plate_records(row.site_id, row.plate) if r.kind != "visitor"]
    owed = charging.due_at(row, priced_at, records, payments)
    row.status = Status.CLOSED
    row.price, row.lines = owed.price, owed.lines
    return owed


def _priced_at(left: Read, left_at: datetime, payments: Sequence[Received]) -> datetime:
    """Return the instant that the exit is priced at.

    Waiting at the exit is free while the amount shown is honoured; an amount that was quoted later,
    before the car left the lane, holds from then.
    """
    gone_at = left.moved_at or left.opened_at or left_at
    honoured_until = left_at + charging.QUOTE_HOLDS
    late = [p.quoted_at for p in payments if honoured_until < p.quoted_at <= gone_at]
    return max(late, default=left_at)


def review_codes(
    row: Stay,
    target: Target,
    before: tuple[str, int | None, str] | None,
    *,
    corrected: bool,
    owes: bool,
) -> list[str]:
    """Return the codes of what a person has to review of the stay."""
    codes = [each for each in row.review if each not in _DERIVED_REVIEWS]
    passages = [target.passages.get(key or 0) for key in (target.span.entry.key, target.exit_key)]
    known = [each for each in passages if each is not None]
    if row.status == Status.SUPERSEDED:
        codes.append("superseded")
    if owes:
        codes.append("left_unpaid")
    if any(each.clock_wrong for each in known):
        codes.append("clock_wrong")
    if any(each.is_late for each in known):
        codes.append("late_record")
    had_ended = before is not None and before[0] in (Status.CLOSED, Status.SUPERSEDED)
    if corrected and had_ended and before is not None and before != _facts(row):
        codes.append("exit_corrected")
    return list(dict.fromkeys(codes))


def _facts(row: Stay) -> tuple[str, int | None, str]:
    return row.status, row.price, row.plate


def _charge(row: Stay, before: tuple[str, int | None, str] | None, *, is_repriced: bool) -> None:
    """Bring the stay's charge in line with its status and price."""
    is_changed = before is None or before[0] != row.status
    if row.status == Status.CLOSED:
        if before is None or before[:2] != (row.status, row.price):
            charges.post_charge(row)
    elif row.status == Status.SUPERSEDED and (is_changed or is_repriced):
        charges.post_what_was_paid(row)
    elif row.status == Status.OPEN and before is not None and is_changed:
        charges.reopen(row)
