"""Read and publish tariffs; a published version is immutable."""

import json
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

import pricing
from core import audit, live
from core.errors import Rejection
from core.models import User
from estate.models import Lot
from parking import topics
from parking.models import Tariff


def read_tariff(lot: Lot, text: str) -> tuple[dict[str, Any], pricing.Tariff]:
    """Parse a tariff/1 document; return it with the engine's form of it.

    Raises:
        Rejection: it is no JSON, no valid tariff, or not in the lot's currency; the message begins
            with the path of the fault, such as ``elements[1].steps[0].unit``.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise Rejection(
            "document", "not_json", f"JSON: {error}", _("mend the text there")
        ) from error
    try:
        tariff = pricing.parse_tariff(document)
        pricing.check_publishable(tariff)
    except pricing.PricingError as error:
        raise Rejection("document", "tariff_invalid", error.at, error.message) from error
    if tariff.currency != lot.site.currency:
        raise Rejection(
            "document",
            "currency_mismatch",
            "currency",
            _("write %(own)s") % {"own": lot.site.currency},
        )
    return document, tariff


@transaction.atomic
def publish_tariff(lot: Lot, actor: User, *, text: str, valid_from: datetime) -> Tariff:
    """Publish a tariff as the next version of its code at the lot.

    The version in the document is overwritten by the next free one. Stays that are inside keep
    the version they entered under.

    Raises:
        Rejection: as `read_tariff` does.
    """
    document, tariff = read_tariff(lot, text)
    code = tariff.id[:60]
    lot = Lot.objects.select_for_update(of=("self",)).select_related("site").get(pk=lot.pk)
    last = Tariff.objects.filter(lot=lot, code=code).aggregate(last=Max("version"))["last"] or 0
    made = Tariff.objects.create(
        lot=lot,
        code=code,
        version=last + 1,
        document={**document, "version": last + 1},
        valid_from=valid_from,
        published_by=actor,
    )
    audit.record(lot.site, actor, "publish tariff", ("tariff", made.pk), tariff=str(made))
    live.announce(topics.TARIFF, lot.site_id, made.pk)
    return made
