"""Dead letters: messages that were refused, kept whole until somebody deals with them."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.dialogs import Dialog, ask
from console.forms.gate import NothingForm
from console.pages import SiteRequest, show_page, site_page
from console.payloads import readable
from console.tables import Segment, chosen, page_of
from core.models import Site
from core.permissions import Permission
from devices import selectors, services
from devices.models import DeadLetter


@site_page(Permission.REPLAY_DEAD_LETTERS)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the dead letters; those that name no known site are the installation's own."""
    segments = [
        Segment("open", _("Waiting"), selectors.open_letters(site).count()),
        Segment("all", _("All")),
    ]
    if request.user.is_superuser:
        segments.append(Segment("nowhere", _("Of no site"), selectors.open_letters(None).count()))
    shown = chosen(request, segments)
    rows = {
        "open": selectors.open_letters(site),
        "all": selectors.letters_of(site),
        "nowhere": selectors.open_letters(None),
    }[shown]
    context = {
        "segments": segments,
        "shown": shown,
        "page": page_of(request, rows.defer("payload")),
    }
    return show_page(request, "console/dead_letters.html", context, "dead_letters")


@site_page(Permission.REPLAY_DEAD_LETTERS)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show one dead letter with its payload."""
    letter = _letter(request, site, pk)
    context = {"letter": letter, "payload": readable(bytes(letter.payload))}
    return show_page(request, "console/dead_letter.html", context, "dead_letters")


@site_page(Permission.REPLAY_DEAD_LETTERS)
@require_http_methods(["GET", "POST"])
def replay(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Take the message again."""
    letter = _letter(request, site, pk)
    dialog = Dialog(
        title=_("Take this message again"),
        lead=_("It counts as of the time it came, as if it had never been refused."),
        button=_("Replay"),
    )
    return _settle(
        request, dialog, letter, lambda said: services.replay_dead_letter(letter, request.user)
    )


@site_page(Permission.REPLAY_DEAD_LETTERS)
@require_http_methods(["GET", "POST"])
def discard(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Put the message away."""
    letter = _letter(request, site, pk)
    dialog = Dialog(
        title=_("Put this message away"),
        lead=_("It stays in the list of all dead letters."),
        button=_("Discard"),
        tone="danger-soft",
    )
    return _settle(
        request, dialog, letter, lambda said: services.discard_dead_letter(letter, request.user)
    )


def _letter(request: SiteRequest, site: Site, pk: int) -> DeadLetter:
    letter = selectors.letter_of(site, pk)
    if letter is None and request.user.is_superuser:
        letter = selectors.letter_of(None, pk)
    if letter is None:
        raise Http404(f"no dead letter {pk} at {site.slug}")
    return letter


def _settle(
    request: SiteRequest,
    dialog: Dialog,
    letter: DeadLetter,
    perform: Callable[[dict[str, Any]], Any],
) -> HttpResponse:
    form = NothingForm(request.POST if request.method == "POST" else None)
    return ask(request, dialog, form, perform, _("Done."), tells=["live:dead_letter"])
