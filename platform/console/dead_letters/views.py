"""Dead letters: rejected messages, stored until they are replayed or discarded."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from console.dead_letters.forms import LettersFilter
from console.pages import render_page
from console.rejected_messages import sees_all, shown_payload
from core import clock
from core.models import Run, Site
from devices import replays, selectors, services
from devices.models import DeadLetter
from devices.permissions import DevicePermission
from devices.redaction import redact
from ui.dialogs import Dialog, run_dialog
from ui.forms import ConfirmForm
from ui.pages import SiteRequest, render_fragment, site_page
from ui.query_params import whole_number
from ui.tables import Segment, paginate_by_key, selected_segment

SHOWN_AFTER = timedelta(minutes=15)


@site_page(DevicePermission.REPLAY_DEAD_LETTERS)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the dead letters; those of no known site are shown to superusers only."""
    segments = [
        Segment("open", _("Waiting"), selectors.open_letters(site).count()),
        Segment("all", _("All")),
    ]
    if request.user.is_superuser:
        segments.append(Segment("nowhere", _("No site"), selectors.open_letters(None).count()))
    shown = selected_segment(request, segments)
    rows = {
        "open": selectors.open_letters(site),
        "all": selectors.dead_letters(site),
        "nowhere": selectors.open_letters(None),
    }[shown]
    form = LettersFilter(request.GET)
    criteria = form.criteria()
    found = _filtered(rows, site, criteria)
    context = {
        "segments": segments,
        "shown": shown,
        "form": form,
        "criteria": criteria,
        "reasons": selectors.reasons_of(_filtered(rows, site, _device_only(criteria))),
        "page": paginate_by_key(request, found.defer("payload"), "received_at"),
        "waiting": found.count() if shown == "open" else 0,
        "run": _last_run(site),
    }
    return render_page(request, "console/dead_letters/list.html", context, "dead_letters")


@site_page(DevicePermission.REPLAY_DEAD_LETTERS)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show one dead letter with its payload."""
    letter = _letter(request, site, pk)
    device = selectors.sender_of(letter)
    context = {
        "letter": letter,
        "device": device,
        "has_mapping": device is not None and selectors.has_mapping(device),
        "payload": shown_payload(request, letter),
    }
    return render_page(request, "console/dead_letters/detail.html", context, "dead_letters")


@site_page(DevicePermission.REPLAY_DEAD_LETTERS)
def payload(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Return the message as a download of a type that no program opens."""
    letter = _letter(request, site, pk)
    content = bytes(letter.payload)
    if not sees_all(request, letter):
        content = redact(content).encode()
    name = f'attachment; filename="dead-letter-{pk}.bin"'
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": name},
    )


@site_page(DevicePermission.REPLAY_DEAD_LETTERS)
@require_http_methods(["GET", "POST"])
def replay_many(request: SiteRequest, site: Site) -> HttpResponse:
    """Replay the selected messages, or all that match the list's filter."""
    letters = _ticked(request, site)
    number = letters.count()
    dialog = Dialog(
        title=ngettext("Replay %(n)s message", "Replay %(n)s messages", number) % {"n": number},
        lead=_(
            "Each is processed with the time it was received. Messages rejected again "
            "stay in the list with the new reason."
        )
        if number
        else _("No messages selected."),
        button=_("Replay"),
    )
    return run_dialog(
        request,
        dialog,
        ConfirmForm(request.POST if request.method == "POST" else None),
        lambda _data: replays.start(site, letters, request.user),
        _("Replay started."),
        events=["live:replay", "live:dead_letter"],
    )


@site_page(DevicePermission.REPLAY_DEAD_LETTERS)
def progress(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the progress of the last run."""
    return render_fragment(request, "console/dead_letters/replay.html", {"run": _last_run(site)})


@site_page(DevicePermission.REPLAY_DEAD_LETTERS)
@require_http_methods(["GET", "POST"])
def replay(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Replay the message."""
    letter = _letter(request, site, pk)
    dialog = Dialog(
        title=_("Replay this message"),
        lead=_("It is processed with the time it was received."),
        button=_("Replay"),
    )
    return _settle(
        request, dialog, letter, lambda data: services.replay_dead_letter(letter, request.user)
    )


@site_page(DevicePermission.REPLAY_DEAD_LETTERS)
@require_http_methods(["GET", "POST"])
def discard(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Discard the message."""
    letter = _letter(request, site, pk)
    dialog = Dialog(
        title=_("Discard this message"),
        lead=_("It remains in the list of all rejected messages."),
        button=_("Discard"),
        tone="danger-soft",
    )
    return _settle(
        request, dialog, letter, lambda data: services.discard_dead_letter(letter, request.user)
    )


def _filtered(
    letters: QuerySet[DeadLetter], site: Site, criteria: dict[str, Any]
) -> QuerySet[DeadLetter]:
    """Filter by reason and by device; the device's code may be one that is not registered."""
    for name in ("field", "message"):
        if name in criteria:
            letters = letters.filter(**{name: criteria[name]})
    code = criteria.get("device")
    if not code:
        return letters
    device = selectors.devices_of(site).filter(code=code).first()
    if device is not None:
        return selectors.dead_letters_of_device(letters, device)
    return letters.filter(topic__contains=code)


def _device_only(criteria: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in criteria.items() if name == "device"}


def _ticked(request: SiteRequest, site: Site) -> QuerySet[DeadLetter]:
    waiting = selectors.open_letters(site)
    if "all" in request.GET:
        return _filtered(waiting, site, LettersFilter(request.GET).criteria())
    data = map(whole_number, request.GET.getlist("letter"))
    return waiting.filter(pk__in=[pk for pk in data if pk is not None])


def _last_run(site: Site) -> Run | None:
    """Return the latest run while it is running, and for a while after it has ended."""
    run = selectors.replays_of(site).first()
    if run is None or run.ended_at is None or run.ended_at > clock.now() - SHOWN_AFTER:
        return run
    return None


def _letter(request: SiteRequest, site: Site, pk: int) -> DeadLetter:
    letter = selectors.dead_letter(site, pk)
    if letter is None and request.user.is_superuser:
        letter = selectors.dead_letter(None, pk)
    if letter is None:
        raise Http404(f"no dead letter {pk} at {site.slug}")
    return letter


def _settle(
    request: SiteRequest,
    dialog: Dialog,
    letter: DeadLetter,
    perform: Callable[[dict[str, Any]], Any],
) -> HttpResponse:
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    return run_dialog(request, dialog, form, perform, _("Saved."), events=["live:dead_letter"])
