"""Requests of authorities that arrive over an interface: pending watch-list entries.

A request watches for nothing by itself. It becomes an entry that a person here approves or ends,
like one that was entered by hand.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock, live
from core.errors import Rejection
from core.models import User
from core.plates import fold
from incidents import topics
from incidents.models import Disposition, FeedEndpoint, WatchEntry
from incidents.services import MAX_WATCH_PERIOD, end_watch, require_watch_fields
from incidents.watch_notices import notify_approvers
from people.plates import validate_plate

# What is accepted where the endpoint's options name no categories: never a person.
DEFAULT_CATEGORIES = (Disposition.Category.MOTOR_VEHICLE.value,)


@dataclass(frozen=True, slots=True)
class DispositionRequest:
    """A request as an interface has parsed it.

    Attributes:
        plate: read from the target; empty where that names none.
        begins_at: None: from now on.
        sha256: of the message as it was received.
    """

    number: str
    title: str
    category: str
    target: str
    plate: str
    org: str
    officer: str
    reason: str
    begins_at: datetime | None
    ends_at: datetime | None
    sha256: str
    reply_address: str = ""


@transaction.atomic
def receive_disposition(endpoint: FeedEndpoint, request: DispositionRequest) -> Disposition:
    """Store a request as an entry that waits for approval; a repeated one changes nothing.

    A request that was changed before its approval replaces the earlier one.

    Raises:
        Rejection: a field is missing, the category is off, the target has no plate, the period is
            longer than the endpoint allows, or the request was decided already.
    """
    FeedEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    known = Disposition.objects.filter(endpoint=endpoint, number=request.number).first()
    if known is not None and known.sha256 == request.sha256:
        return known
    values = _entry_values(endpoint, request)
    if known is not None:
        return _replace(known, request, values)
    disposition = Disposition.objects.create(
        site=endpoint.site,
        endpoint=endpoint,
        number=request.number,
        received_at=clock.now(),
        **_disposition_values(request),
    )
    entry = WatchEntry.objects.create(site=endpoint.site, disposition=disposition, **values)
    _record(entry, endpoint, "receive disposition")
    notify_approvers(entry)
    return disposition


@transaction.atomic
def revoke_disposition(endpoint: FeedEndpoint, number: str, reason: str = "") -> Disposition:
    """End the entry of a request that its authority revokes; its renewals end, too.

    Raises:
        Rejection: the endpoint has sent no such request.
    """
    disposition = (
        Disposition.objects.select_for_update().filter(endpoint=endpoint, number=number).first()
    )
    if disposition is None:
        raise Rejection(
            "DispositionID", "unknown", _("there is no such disposition"), _("check its number")
        )
    if disposition.revoked_at is None:
        disposition.revoked_at = clock.now()
        disposition.save(update_fields=["revoked_at"])
        entry = WatchEntry.objects.select_for_update(of=("self",)).get(disposition=disposition)
        end_watch(entry, None, reason or _("revoked by the authority"))
        _record(entry, endpoint, "revoke disposition")
    return disposition


def dispositions_of(endpoint: FeedEndpoint) -> list[Disposition]:
    """Return the endpoint's requests that are not revoked, with their entries, oldest first."""
    found = Disposition.objects.filter(endpoint=endpoint, revoked_at=None)
    return list(found.select_related("entry").order_by("received_at", "pk"))


def _replace(
    known: Disposition, request: DispositionRequest, values: dict[str, object]
) -> Disposition:
    entry = WatchEntry.objects.select_for_update(of=("self",)).get(disposition=known)
    if known.revoked_at or entry.approved_by_id or entry.end_reason:
        raise Rejection(
            "DispositionID",
            "already_decided",
            _("this disposition was decided already"),
            _("revoke it, and send a new one"),
        )
    Disposition.objects.filter(pk=known.pk).update(**_disposition_values(request))
    WatchEntry.objects.filter(pk=entry.pk).update(**values)
    _record(entry, known.endpoint, "change disposition")
    known.refresh_from_db()
    return known


def _disposition_values(request: DispositionRequest) -> dict[str, str]:
    return {
        "title": request.title[:200],
        "target": request.target[:200],
        "category": request.category,
        "reply_address": request.reply_address[:400],
        "sha256": request.sha256,
    }


def _entry_values(endpoint: FeedEndpoint, request: DispositionRequest) -> dict[str, object]:
    """Return the columns of the entry.

    Raises:
        Rejection: see `receive_disposition`; fields are named as in GA/T 1400.
    """
    _require_category(endpoint, request)
    begins_at = request.begins_at or clock.now()
    values: dict[str, object] = {
        "legal_basis": WatchEntry.Basis.POLICE_REQUEST,
        "document_no": request.number,
        "requesting_org": request.org,
        "requesting_officer": request.officer,
        "reason": request.reason,
        "begins_at": begins_at,
        "ends_at": request.ends_at,
    }
    require_watch_fields(values)
    longest = min(MAX_WATCH_PERIOD, timedelta(days=int(endpoint.options.get("max_days", 90))))
    if request.ends_at is not None and request.ends_at - begins_at > longest:
        text = _("longer than %(days)s days") % {"days": longest.days}
        raise Rejection("ends_at", "range_too_long", text, _("send an earlier EndTime"))
    plate = validate_plate(endpoint.site, request.plate, unusual_plate=True)
    return {**values, "plate": plate, "folded": fold(plate)}


def _require_category(endpoint: FeedEndpoint, request: DispositionRequest) -> None:
    if request.category not in endpoint.options.get("categories", DEFAULT_CATEGORIES):
        raise Rejection(
            "DispositionCategory",
            "category_off",
            _("this category is not watched for here"),
            _("send motor vehicles only (category 2)"),
        )


def _record(entry: WatchEntry, endpoint: FeedEndpoint, action: str) -> None:
    sender: User | str = f"feed {endpoint.name}"
    audit.record(entry.site, sender, action, ("watch", entry.pk), endpoint=endpoint.pk)
    live.announce(topics.WATCH_ENTRY, entry.site_id, entry.pk)
