"""Reads of cash drawers: what each should hold, and what went into it and out of it."""

from django.db.models import QuerySet, Sum

from billing.models import Account, Drawer, LedgerLine, Payment
from core.models import Site, User
from core.money import Money


def drawers(site: Site) -> QuerySet[Drawer]:
    """Return the site's drawers, the one opened last first."""
    rows = Drawer.objects.filter(site=site).select_related("site", "held_by", "closed_by")
    return rows.order_by("-opened_at", "-pk")


def open_drawer_of(site: Site, user: User) -> Drawer | None:
    """Return the drawer that the person holds open at the site."""
    return drawers(site).filter(held_by=user, closed_at=None).first()


def cash_in(drawer: Drawer) -> Money:
    """Return what the drawer should hold: its float and takings, less what was paid out of it."""
    minor = movements(drawer).aggregate(sum=Sum("amount"))["sum"] or 0
    return Money(int(minor), drawer.currency)


def drawer_of(payment: Payment) -> Drawer | None:
    """Return the drawer that the cash of a payment was put into; None for any other payment."""
    line = LedgerLine.objects.filter(
        entry__reference=payment.reference,
        entry__site=payment.site_id,
        account__code=Account.Code.CASH,
        party_type="drawer",
    ).first()
    return drawers(payment.site).filter(public_id=line.party_id).first() if line else None


def movements(drawer: Drawer) -> QuerySet[LedgerLine]:
    """Return what went into the drawer (above zero) and out of it, oldest first."""
    kind, name = drawer.party
    lines = LedgerLine.objects.filter(
        account__site=drawer.site_id,
        account__code=Account.Code.CASH,
        party_type=kind,
        party_id=name,
    )
    return lines.select_related("entry", "account").order_by("entry__at", "pk")
