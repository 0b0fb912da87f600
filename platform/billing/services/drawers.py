"""The cashier's drawer: opened with a float, counted and handed over at the end of the shift.

The drawer's row is the lock of its cash: who takes or pays cash locks it first, so that nothing
comes in or goes out while it is counted and handed over.
"""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing import ledger, topics
from billing.drawers import cash_in
from billing.ledger import Line
from billing.models import Account, Drawer
from core import audit, clock, live, validation
from core.errors import Rejection
from core.ids import public_id
from core.models import Site, User
from core.money import Money

Code = Account.Code
# The largest amount that a ledger line holds.
MAX_MINOR = 2**63 - 1


def open_drawer(site: Site, actor: User, *, float_amount: int = 0) -> Drawer:
    """Open a drawer for a person's shift, with change from the safe.

    Args:
        site: where; the drawer has its currency.
        actor: who is responsible for its cash.
        float_amount: the change in it, in minor units.

    Raises:
        Rejection: the person has an open drawer at the site, or the amount is out of range.
    """
    _check_range("float_amount", float_amount)
    with transaction.atomic():
        drawer = _create(site, actor, float_amount)
        memo = f"drawer {drawer.public_id} opened"
        _move(drawer, Money(float_amount, site.currency), f"drawer-opened:{drawer.public_id}", memo)
        _record(drawer, actor, "open drawer", amount=float_amount)
    return drawer


@transaction.atomic
def move_cash(drawer: Drawer, actor: User, *, amount: int, reason: str) -> Drawer:
    """Move cash between the safe and an open drawer.

    Args:
        drawer: which one.
        actor: who moves it.
        amount: in minor units: above zero from the safe into the drawer, below zero into the safe.
        reason: why, for the audit log.

    Raises:
        Rejection: no reason is given, the drawer was handed over, it holds less than is taken out,
            or the amount is zero or out of range.
    """
    validation.require_reason(reason)
    _check_range("amount", abs(amount), least=1)
    drawer = lock_drawer(drawer.pk)
    if amount < 0:
        require_cash(drawer, -amount)
    memo = f"cash moved between the safe and drawer {drawer.public_id}"
    _move(drawer, Money(amount, drawer.currency), f"drawer-moved:{public_id()}", memo)
    _record(drawer, actor, "move cash", amount=amount, reason=reason)
    return drawer


@transaction.atomic
def hand_over_drawer(
    drawer: Drawer,
    actor: User,
    *,
    counted: int,
    destination: str = Drawer.Destination.SAFE,
    reason: str = "",
) -> Drawer:
    """Close a drawer with the cash that was counted, and post the difference.

    Args:
        drawer: which one.
        actor: who hands it over.
        counted: the cash in it, in minor units.
        destination: where the cash goes, a `Drawer.Destination`.
        reason: why the count differs from what the ledger expects.

    Raises:
        Rejection: it was handed over before, the amount is out of range, or the count differs and
            no reason is given (`difference_unexplained`).
    """
    _check_range("counted", counted)
    drawer = lock_drawer(drawer.pk)
    expected = cash_in(drawer)
    drawer.counted, drawer.expected = counted, expected.minor
    if drawer.difference:
        _require_explanation(reason, Money(drawer.difference, drawer.currency))
    drawer.closed_at, drawer.closed_by = clock.now(), actor
    drawer.destination, drawer.reason = destination, reason.strip()
    drawer.save()
    _post_hand_over(drawer, expected)
    detail = {"amount": counted, "difference": drawer.difference, "reason": drawer.reason}
    _record(drawer, actor, "hand over drawer", **detail)
    return drawer


def lock_open_drawer(site_id: int, user: User, currency: str) -> Drawer | None:
    """Lock the drawer that the person holds open at the site until commit; None without one.

    Cash in another currency than the drawer's belongs to no drawer.
    """
    rows = Drawer.objects.select_for_update(no_key=True)
    return rows.filter(
        site=site_id, held_by=user, closed_at__isnull=True, currency=currency
    ).first()


def lock_drawer(drawer_id: int) -> Drawer:
    """Lock an open drawer until commit.

    Raises:
        Rejection: it was handed over.
    """
    rows = Drawer.objects.select_for_update(of=("self",), no_key=True).select_related("site")
    drawer = rows.get(pk=drawer_id)
    if not drawer.is_open:
        raise Rejection(
            "drawer",
            "handed_over",
            _("this drawer was handed over"),
            _("open a new drawer"),
        )
    return drawer


def require_cash(drawer: Drawer, amount: int) -> None:
    """Validate that a locked drawer holds the amount that is to be paid out of it.

    Raises:
        Rejection: it holds less.
    """
    held = cash_in(drawer)
    if amount > held.minor:
        raise Rejection(
            "amount",
            "too_little_cash",
            _("the drawer holds only %(held)s") % {"held": held.written()},
            _("move cash from the safe into the drawer first"),
            params={"held": str(held)},
        )


def _create(site: Site, actor: User, float_amount: int) -> Drawer:
    try:
        with transaction.atomic():
            return Drawer.objects.create(
                site=site,
                held_by=actor,
                currency=site.currency,
                float_amount=float_amount,
                opened_at=clock.now(),
            )
    except IntegrityError as error:
        if "one_open_drawer_per_person" not in str(error):
            raise
        raise Rejection(
            "drawer",
            "already_open",
            _("you have an open drawer at this site"),
            _("hand it over first"),
        ) from error


def _move(drawer: Drawer, money: Money, reference: str, memo: str) -> None:
    """Post cash that comes from the safe into the drawer, or goes back; zero posts nothing."""
    if money:
        lines = [Line(Code.CASH, money, drawer.party), Line(Code.SAFE, -money)]
        ledger.book(drawer.site, reference, memo, lines)


def _post_hand_over(drawer: Drawer, expected: Money) -> None:
    """Empty the drawer in the ledger: what was counted moves on, the rest is a difference."""
    counted = Money(drawer.counted or 0, drawer.currency)
    lines = [
        Line(Code.CASH, -expected, drawer.party),
        Line(drawer.destination, counted),
        Line(Code.CASH_DIFFERENCE, expected - counted, drawer.party),
    ]
    if any(line.money for line in lines):
        reference = f"drawer-closed:{drawer.public_id}"
        memo = f"drawer {drawer.public_id} handed over"
        ledger.book(drawer.site, reference, memo, lines, at=drawer.closed_at)


def _require_explanation(reason: str, difference: Money) -> None:
    if reason.strip():
        return
    surplus = difference.minor > 0
    message = _("%(amount)s too much was counted") if surplus else _("%(amount)s is missing")
    amount = difference if surplus else -difference
    raise Rejection(
        "reason",
        "difference_unexplained",
        message % {"amount": amount.written()},
        _("count again, or enter the reason for the difference"),
        params={"amount": str(amount)},
    )


def _check_range(field: str, amount: int, least: int = 0) -> None:
    if not least <= amount <= MAX_MINOR:
        raise Rejection(
            field,
            "out_of_range",
            _("this amount is out of range"),
            _("enter more than zero") if least else _("enter zero or more"),
        )


def _record(drawer: Drawer, actor: User, action: str, **detail: object) -> None:
    """Record a change of the drawer, and notify open pages."""
    detail |= {"currency": drawer.currency}
    audit.record(drawer.site, actor, action, ("drawer", drawer.public_id), **detail)
    live.announce(topics.DRAWER, drawer.site_id, drawer.pk)
