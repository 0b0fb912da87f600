"""How many days a class of data is kept at a site, and which rows are past that."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, Q
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import Rejection
from core.models import Site, User
from core.retention.classes import DataClass, find_class
from core.retention_models import RetentionPeriod


def days(site_id: int, code: str) -> int:
    """Return how many days a class of data is kept at a site."""
    own = RetentionPeriod.objects.filter(site=site_id, code=code).values_list("days", flat=True)
    return own.first() or find_class(code).standard()


def limit(site_id: int, code: str) -> datetime:
    """Return the instant before which data of a class is past its period at a site."""
    return _before(days(site_id, code))


def shortest_limit(code: str) -> datetime:
    """Return the latest `limit` of all sites, for data that belongs to none."""
    own = RetentionPeriod.objects.filter(code=code).aggregate(least=Min("days"))["least"]
    standard = find_class(code).standard()
    return _before(min(own or standard, standard))


def past_period(code: str, site: str, at: str) -> Q:
    """Return the condition on rows that are past their site's period.

    Args:
        code: of the class.
        site: the field of a row's site.
        at: the field of the time from which the period counts; rows without one are never past it.
    """
    own = dict(RetentionPeriod.objects.filter(code=code).values_list("site", "days"))
    standard = Q(**{f"{at}__lt": _before(find_class(code).standard())})
    found = standard & ~Q(**{f"{site}__in": list(own)}) if own else standard
    for site_id, kept in own.items():
        found |= Q(**{site: site_id, f"{at}__lt": _before(kept)})
    return found


@transaction.atomic
def set_period(site: Site, actor: User, code: str, number: int, legal_basis: str) -> None:
    """Set how many days a site keeps a class of data.

    Raises:
        Rejection: the number is outside the class's bounds, or is more than the standard and no
            law is named that requires it.
    """
    data = find_class(code)
    _validate(data, number, legal_basis)
    before = days(site.pk, code)
    RetentionPeriod.objects.update_or_create(
        site=site,
        code=code,
        defaults={
            "days": number,
            "legal_basis": legal_basis.strip(),
            "changed_at": clock.now(),
            "changed_by": actor,
        },
    )
    detail = {"data": code, "kept_days": [before, number], "law": legal_basis.strip()}
    audit.record(site, actor, "set retention period", ("site", site.pk), **detail)


def _validate(data: DataClass, number: int, legal_basis: str) -> None:
    if not data.shortest <= number <= data.longest:
        bounds = {"least": data.shortest, "most": data.longest}
        raise Rejection(
            "days",
            "out_of_bounds",
            _("the period is not allowed"),
            _("enter from %(least)s to %(most)s days") % bounds,
            params=bounds,
        )
    if number > data.standard() and not legal_basis.strip():
        raise Rejection(
            "legal_basis",
            "missing",
            _("longer than the standard period of %(days)s days") % {"days": data.standard()},
            _("name the law or contract that requires it"),
            params={"days": data.standard()},
        )


def _before(number: int) -> datetime:
    return clock.now() - timedelta(days=number)
