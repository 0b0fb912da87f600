"""Dead letters: rejected messages, stored until they are replayed or discarded."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.dead_letters.listing import DEAD_LETTERS, OF_NO_SITE, reasons
from console.pages import render_page
from console.rejected_messages import sees_all, shown_payload
from core import clock
from core.models import Run, Site
from devices import selectors, services
from devices.models import DeadLetter
from devices.permissions import DevicePermission
from devices.redaction import redact
from ui.dialogs import Dialog, run_dialog
from ui.forms import ConfirmForm
from ui.lists import Listing, bulk_view, list_page
from ui.pages import SiteRequest, render_fragment, site_page

SHOWN_AFTER = timedelta(minutes=15)


@site_page(DevicePermission.REPLAY_DEAD_LETTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the dead letters of the site."""
    return _list(request, DEAD_LETTERS)


@site_page(DevicePermission.REPLAY_DEAD_LETTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def of_no_site(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the dead letters of no known site, for superusers."""
    if not request.user.is_superuser:
        raise Http404("only the installation's staff may see messages of no site")
    return _list(request, OF_NO_SITE)


bulk = bulk_view(DEAD_LETTERS, DevicePermission.REPLAY_DEAD_LETTERS)


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


def _list(request: SiteRequest, listing: Listing) -> HttpResponseBase:
    """Show the list with the reasons and the progress of a replay above it."""

    def render(context: dict[str, Any]) -> HttpResponse:
        found = reasons(listing, request.site, context["list"].criteria)
        context |= {"reasons": found, "run": _last_run(request.site)}
        return render_page(request, "console/dead_letters/list.html", context, "dead_letters")

    return list_page(request, listing, render)


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
