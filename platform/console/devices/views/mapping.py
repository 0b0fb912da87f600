"""The mapping of a device without a driver of its own, and its dry run."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.devices.forms.mapping import MappingEntry, with_rows_changed
from console.devices.views.curves import device_or_404
from console.pages import redirect_to, render_page
from console.rejected_messages import sees_all
from core import clock, text_input
from core.errors import Rejection
from core.models import Site
from devices import dry_run, events, replays, selectors, services
from devices.drivers.generic_json import check_options
from devices.dry_run import DryRun
from devices.events import Event
from devices.metric_units import unit_by_name
from devices.models import DeadLetter, Device
from devices.permissions import DevicePermission
from ui.pages import SiteRequest, add_notice, site_page
from ui.query_params import whole_number

_LETTERS = 5


@dataclass(frozen=True)
class Outcome:
    """The result of a dry run.

    Attributes:
        summary: the event that the message becomes; empty if it would be rejected.
        at: the device's time; None if the message has none.
        values: metric, value and unit of each number.
        rejection: why the message would become a dead letter.
    """

    summary: str | Promise
    at: datetime | None
    values: list[tuple[str, str, str]]
    rejection: Rejection | None


@site_page(DevicePermission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def page(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show the mapping; edit it, try it on a message, or save it."""
    device = device_or_404(site, pk)
    if not selectors.has_mapping(device):
        raise Http404(f"no device {pk} with a mapping at {site.slug}")
    if request.method == "GET":
        return _show(request, device, _saved(device))
    act, _space, which = request.POST.get("do", "").partition(" ")
    return _ACTS.get(act, _try)(request, device, which)


def _try(request: SiteRequest, device: Device, _which: str = "") -> HttpResponse:
    """Show what the message would become, without storing anything."""
    entry = MappingEntry(request.POST, {}, "")
    outcome = None
    if entry.is_valid():
        try:
            received_at = _received_at(request, device, entry)
            trial = dry_run.try_message(device, entry.options(), entry.payload, received_at)
            outcome = _outcome(trial)
        except Rejection as rejection:
            entry.add_rejection(rejection)
    return _show(request, device, entry, outcome)


def _save(request: SiteRequest, device: Device, _which: str) -> HttpResponse:
    """Save the mapping; it applies from the next message on."""
    entry = MappingEntry(request.POST, {}, "")
    if entry.is_valid():
        try:
            saved = services.set_options(device, entry.options(), entry.topic, actor=request.user)
        except Rejection as rejection:
            entry.add_rejection(rejection)
        else:
            shown = _show(request, saved, _saved(saved, request))
            return add_notice(shown, str(_("Mapping saved.")))
    return _show(request, device, entry)


def _add(request: SiteRequest, device: Device, _which: str) -> HttpResponse:
    """Add an empty row."""
    posted = with_rows_changed(request.POST, add=True)
    return _show(request, device, MappingEntry(posted, {}, ""))


def _remove(request: SiteRequest, device: Device, which: str) -> HttpResponse:
    """Remove the row of that number."""
    return _show(
        request, device, MappingEntry(with_rows_changed(request.POST, remove=which), {}, "")
    )


def _preset(request: SiteRequest, device: Device, _which: str) -> HttpResponse:
    """Fill the form from a preset, without saving it."""
    try:
        options = check_options({"preset": request.POST.get("preset", "")})
    except Rejection:
        options = {}
    entry = MappingEntry(None, options, request.POST.get("topic", ""))
    entry.copy_fields(request.POST, "payload", "preset", "letter")
    return _show(request, device, entry)


def _try_letter(request: SiteRequest, device: Device, which: str) -> HttpResponse:
    """Try the mapping on one of the device's rejected messages."""
    letter = _letters(request, device).filter(pk=whole_number(which) or 0).first()
    if letter is not None and not sees_all(request, letter):
        raise PermissionDenied("the message may hold personal data")
    if letter is not None:
        posted = request.POST.copy()
        posted["payload"], posted["letter"] = _indented(letter), str(letter.pk)
        request.POST = posted  # type: ignore[assignment]
    return _try(request, device)


def _replay(request: SiteRequest, device: Device, _which: str) -> HttpResponse:
    """Replay the device's rejected messages with the saved mapping."""
    if DevicePermission.REPLAY_DEAD_LETTERS not in request.site_permissions:
        raise PermissionDenied
    try:
        replays.start(request.site, _letters(request, device), request.user)
    except Rejection as rejection:
        entry = MappingEntry(request.POST, {}, "")
        entry.add_rejection(rejection)
        return _show(request, device, entry)
    return redirect_to(request, "dead_letters", request.site.slug)


_ACTS: dict[str, Callable[[SiteRequest, Device, str], HttpResponse]] = {
    "save": _save,
    "add": _add,
    "remove": _remove,
    "preset": _preset,
    "take": _try_letter,
    "replay": _replay,
}


def _show(
    request: SiteRequest, device: Device, entry: MappingEntry, outcome: Outcome | None = None
) -> HttpResponse:
    letters = _letters(request, device)
    context = {
        "device": device,
        "entry": entry,
        "outcome": outcome,
        "letters": letters.defer("payload")[:_LETTERS],
        "waiting": letters.count(),
    }
    status = 422 if entry.has_errors else 200
    return render_page(request, "console/devices/mapping.html", context, "devices", status)


def _saved(device: Device, request: SiteRequest | None = None) -> MappingEntry:
    """Return the saved mapping, with the message that was being tried."""
    entry = MappingEntry(None, device.options, device.topic or "")
    if request is not None:
        entry.copy_fields(request.POST, "payload", "letter")
    return entry


def _letters(request: SiteRequest, device: Device) -> QuerySet[DeadLetter]:
    """Return the device's rejected messages, if the user may see them."""
    if DevicePermission.REPLAY_DEAD_LETTERS not in request.site_permissions:
        return DeadLetter.objects.none()
    return selectors.open_letters(device.site).filter(topic=device.topic)


def _indented(letter: DeadLetter) -> str:
    """Return the message as indented JSON, or unchanged if it is no JSON."""
    payload = bytes(letter.payload)
    text = payload.decode(errors="replace")
    with suppress(ValueError, RecursionError):
        text = text_input.decode(payload)
        return json.dumps(text_input.parse_json(text), indent=1, ensure_ascii=False)
    return text


def _received_at(request: SiteRequest, device: Device, entry: MappingEntry) -> datetime:
    """Return when the message arrived: a dead letter that was not edited keeps its time."""
    pk = entry.form.cleaned_data["letter"]
    letter = _letters(request, device).filter(pk=pk).first() if pk else None
    text = entry.payload.decode().replace("\r\n", "\n")
    if letter is not None and _indented(letter) == text:
        return letter.received_at
    return clock.now()


def _outcome(trial: DryRun) -> Outcome:
    event = trial.event or trial.untimed
    if event is None:
        return Outcome("", None, [], trial.rejection)
    values = [
        (metric, f"{value:.12g}", trial.units.get(metric) or unit_by_name(metric))
        for metric, value in event.values.items()
    ]
    own_time = event.at if event.at != event.received_at else None
    return Outcome(_summary(event), own_time, values, trial.rejection)


def _summary(event: Event) -> str | Promise:
    if isinstance(event, events.BayChanged):
        return _("Bay occupied") if event.occupied else _("Bay free")
    if isinstance(event, events.StateReported):
        state = _("Device online") if event.online else _("Device offline")
        return f"{state} · {event.firmware}" if event.firmware else state
    return _("Measurements stored") if event.values else _("Received; no values stored")
