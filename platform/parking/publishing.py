"""Read, publish and withdraw tariffs; a published version is immutable."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

import pricing
from core import audit, clock, live, validation
from core.errors import Rejection
from core.models import User
from core.text_input import parse_json
from estate.models import Lot
from parking import selectors, topics, vehicle_classes
from parking.models import Stay, Tariff
from parking.tariff_errors import describe_error

_LONGEST_CODE = 60


@dataclass(frozen=True)
class Publication:
    """What publishing a tariff would do, to be confirmed before.

    Attributes:
        document: the tariff/1 document as it was written.
        tariff: the engine's form of it.
        label: the code and version that it would get.
        valid_from: the start of the version.
        starts_at_once: it cannot be withdrawn, because its start is not ahead.
        replaced: the version in force at the start until now.
        later: versions of the lot whose start lies after this one's; they replace it.
        inside: how many cars are inside and keep the version they entered under.
        unused: the elements that can price no stay.
    """

    document: dict[str, Any]
    tariff: pricing.Tariff
    label: str
    valid_from: datetime
    starts_at_once: bool
    replaced: Tariff | None
    later: list[Tariff]
    inside: int
    unused: list[str]


def read_tariff(lot: Lot, text: str) -> tuple[dict[str, Any], pricing.Tariff]:
    """Parse a tariff/1 document; return it with the engine's form of it.

    Raises:
        Rejection: it is no JSON, no valid tariff, not in the lot's currency, or names a class
            that no car of the site can have; the message begins with the path of the fault, such
            as ``elements[1].steps[0].unit``.
    """
    document = read_json(text)
    try:
        tariff = pricing.parse_tariff(document)
        pricing.check_publishable(tariff)
    except pricing.PricingError as error:
        hint = describe_error(error)
        raise Rejection("document", "tariff_invalid", error.at, hint) from error
    if tariff.currency != lot.site.currency:
        raise Rejection(
            "document",
            "currency_mismatch",
            "currency",
            _("enter %(own)s") % {"own": lot.site.currency},
        )
    vehicle_classes.check_matchable(lot.site_id, tariff)
    if len(tariff.id) > _LONGEST_CODE:
        raise Rejection(
            "document",
            "id_too_long",
            "id",
            _("use at most %(n)s characters") % {"n": _LONGEST_CODE},
        )
    return document, tariff


def plan_publication(lot: Lot, *, text: str, valid_from: datetime) -> Publication:
    """Return what publishing the document at the lot would do.

    Raises:
        Rejection: as `read_tariff` does.
    """
    document, tariff = read_tariff(lot, text)
    later = Tariff.objects.filter(lot=lot, valid_from__gt=valid_from, withdrawn_at=None)
    return Publication(
        document=document,
        tariff=tariff,
        label=f"{tariff.id}@{_next_version(lot, tariff.id)}",
        valid_from=valid_from,
        starts_at_once=valid_from <= clock.now(),
        replaced=selectors.tariff_at(lot.pk, valid_from),
        later=list(later.order_by("valid_from")),
        inside=Stay.objects.filter(lot=lot, status=Stay.Status.OPEN).count(),
        unused=pricing.unused_elements(tariff),
    )


@transaction.atomic
def publish_tariff(lot: Lot, actor: User, *, text: str, valid_from: datetime) -> Tariff:
    """Publish a tariff as the next version of its code at the lot.

    The version in the document is overwritten by the next free one. Stays that are inside keep
    the version they entered under.

    Raises:
        Rejection: as `read_tariff` does.
    """
    document, tariff = read_tariff(lot, text)
    lot = Lot.objects.select_for_update(of=("self",)).select_related("site").get(pk=lot.pk)
    version = _next_version(lot, tariff.id)
    made = Tariff.objects.create(
        lot=lot,
        code=tariff.id,
        version=version,
        document={**document, "version": version},
        valid_from=valid_from,
        published_by=actor,
    )
    audit.record(
        lot.site,
        actor,
        "publish tariff",
        ("tariff", made.pk),
        tariff=str(made),
        valid_from=valid_from.isoformat(),
    )
    live.announce(topics.TARIFF, lot.site_id, made.pk)
    return made


@transaction.atomic
def withdraw_tariff(tariff: Tariff, actor: User, reason: str) -> Tariff:
    """Withdraw a version before its start; the one before it stays in force.

    Raises:
        Rejection: no reason is given, it is withdrawn already, or its start is not ahead.
    """
    validation.require_reason(reason, _("enter why it is withdrawn"))
    tariff = (
        Tariff.objects.select_for_update(of=("self",)).select_related("lot__site").get(pk=tariff.pk)
    )
    now = clock.now()
    if tariff.withdrawn_at is not None:
        raise Rejection(
            "tariff",
            "already_withdrawn",
            _("this version is already withdrawn"),
            _("no action is needed"),
        )
    if tariff.valid_from <= now:
        raise Rejection(
            "tariff",
            "already_started",
            _("this version is already in force"),
            _("publish a new version instead"),
        )
    tariff.withdrawn_at, tariff.withdrawn_by = now, actor
    tariff.save(update_fields=["withdrawn_at", "withdrawn_by"])
    site = tariff.lot.site
    audit.record(
        site, actor, "withdraw tariff", ("tariff", tariff.pk), tariff=str(tariff), reason=reason
    )
    live.announce(topics.TARIFF, site.pk, tariff.pk)
    return tariff


def read_json(text: str) -> Any:
    """Parse JSON in which no key is written twice.

    Raises:
        Rejection: it is not such JSON.
    """
    try:
        return parse_json(text, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        raise Rejection(
            "document", "not_json", f"JSON: {error}", _("correct the document there")
        ) from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; of two equal keys JSON would silently keep the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _value in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {double!r} is written twice in one object")
    return found


def _next_version(lot: Lot, code: str) -> int:
    last = Tariff.objects.filter(lot=lot, code=code).aggregate(last=Max("version"))["last"]
    return (last or 0) + 1
