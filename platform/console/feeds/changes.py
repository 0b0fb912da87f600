"""The dialogs that change a feed."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from console.feeds.forms import CertificateForm, FeedForm, NetworksForm, RangeForm
from core.models import Site
from incidents.feeds import endpoints, pausing
from incidents.feeds.credentials import OVERLAP, Credentials
from incidents.feeds.dispatch import send_test
from incidents.models import FeedEndpoint
from incidents.permissions import IncidentPermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page, run_dialog, show_dialog
from ui.forms import ReasonForm, posted
from ui.pages import SiteRequest, render_fragment, site_page
from ui.query_params import whole_number

_MANAGE = IncidentPermission.MANAGE_FEEDS
CHANGED = ["list-changed"]


@site_page(_MANAGE)
@require_http_methods(["GET", "POST"])
def add(request: SiteRequest, site: Site) -> HttpResponse:
    """Add a feed, and show its secrets once."""
    dialog = Dialog(
        title=_("Add a feed"),
        lead=_("Nothing is sent before another person has approved it."),
        button=_("Add"),
    )
    if request.POST.get("do") == "fields":
        chosen = FeedForm(initial=FeedForm.entered(request.POST), address=request.path)
        return show_dialog(request, dialog, chosen)
    form = FeedForm(posted(request), address=request.path)
    return run_dialog(
        request,
        dialog,
        form,
        lambda _data: endpoints.add_endpoint(site, request.user, form.values()),
        _("Feed added. It is waiting for approval."),
        respond=lambda done: _secrets(request, *done),
    )


@dialog_page(_MANAGE)
def change(request: SiteRequest, site: Site, pk: int) -> Change:
    """Change a feed."""
    feed = _feed(site, pk)
    form = FeedForm(request.POST or None, initial=FeedForm.initial_of(feed))
    return Change(
        Dialog(
            title=_("Change the feed"),
            lead=_(
                "What is queued waits until another person has approved a change of address, basis"
                " or of what is sent."
            ),
            button=_("Save"),
        ),
        form,
        lambda data: endpoints.change_endpoint(feed, request.user, form.values(), data["revision"]),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def approve(request: SiteRequest, site: Site, pk: int) -> Change:
    """Approve a feed."""
    feed = _feed(site, pk)
    lead = _("You confirm that “%(basis)s” allows messages to be sent to %(address)s.")
    values = {"basis": feed.legal_basis, "address": feed.url or feed.get_kind_display()}
    return Change(
        Dialog(title=_("Approve the feed"), lead=lead % values, button=_("Approve")),
        confirm_form(request),
        lambda _data: endpoints.approve_endpoint(feed, request.user),
        _("Approved."),
        CHANGED,
    )


@site_page(_MANAGE)
@require_http_methods(["GET", "POST"])
def renew_secrets(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Replace secret and token, and show the new ones once."""
    feed = _feed(site, pk)
    dialog = Dialog(
        title=_("Replace secret, key and token"),
        lead=_(
            "The present ones stay valid for %(days)s days; messages are signed with both until"
            " then. Those that were replaced before end now."
        )
        % {"days": OVERLAP.days},
        button=_("Replace"),
    )
    return run_dialog(
        request,
        dialog,
        confirm_form(request),
        lambda _data: endpoints.renew_credentials(feed, request.user),
        _("Replaced."),
        respond=lambda renewed: _secrets(request, feed, renewed),
        events=CHANGED,
    )


@dialog_page(_MANAGE)
def networks(request: SiteRequest, site: Site, pk: int) -> Change:
    """Allow networks that are not public; administrators only."""
    feed = _feed(site, pk)
    form = NetworksForm(
        request.POST if request.method == "POST" else None,
        initial={"networks": "\n".join(feed.allowed_networks)},
    )
    return Change(
        Dialog(
            title=_("Allowed networks"),
            lead=_("Requests of this feed may go into these networks. Only administrators may."),
            button=_("Save"),
        ),
        form,
        lambda data: endpoints.allow_networks(feed, request.user, data["networks"]),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def certificate(request: SiteRequest, site: Site, pk: int) -> Change:
    """Set the client certificate."""
    feed = _feed(site, pk)
    return Change(
        Dialog(
            title=_("Client certificate"),
            lead=_("What this installation presents to the receiver. Both empty: none."),
            button=_("Save"),
        ),
        CertificateForm(request.POST if request.method == "POST" else None),
        lambda data: endpoints.set_certificate(
            feed, request.user, data["certificate"], data["key"]
        ),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def pause(request: SiteRequest, site: Site, pk: int) -> Change:
    """Pause a feed."""
    feed = _feed(site, pk)
    return Change(
        Dialog(
            title=_("Pause the feed"),
            lead=_("Nothing is sent. What is dispatched meanwhile is queued and not lost."),
            button=_("Pause"),
            tone="danger-soft",
        ),
        ReasonForm(request.POST or None),
        lambda data: pausing.pause(feed, request.user, data["reason"]),
        _("Paused."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def resume(request: SiteRequest, site: Site, pk: int) -> Change:
    """Resume a feed."""
    feed = _feed(site, pk)
    return Change(
        Dialog(
            title=_("Resume the feed"),
            lead=_("What is queued is sent now, in its order."),
            button=_("Resume"),
        ),
        confirm_form(request),
        lambda _data: pausing.resume(feed, request.user),
        _("Resumed."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def test(request: SiteRequest, site: Site, pk: int) -> Change:
    """Send a test message."""
    feed = _feed(site, pk)
    return Change(
        Dialog(
            title=_("Send a test message"),
            lead=_("It is about no incident, is marked as a test, and leaves by the same way."),
            button=_("Send"),
        ),
        confirm_form(request),
        lambda _data: send_test(feed, request.user),
        _("Queued. The result appears below."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def replay(request: SiteRequest, site: Site, pk: int) -> Change:
    """Send deliveries again."""
    feed = _feed(site, pk)
    number = whole_number(request.GET.get("seq", "")) or feed.last_seq or 1
    initial = {"first": number, "last": number}

    def done(count: int) -> str:
        text = ngettext("%(n)s message is queued.", "%(n)s messages are queued.", count)
        return text % {"n": count}

    return Change(
        Dialog(
            title=_("Send again"),
            lead=_("The receiver recognises what it has already by the message's id."),
            button=_("Send"),
        ),
        RangeForm(request.POST or None, initial=initial),
        lambda data: pausing.replay(feed, request.user, data["first"], data["last"]),
        done,
        CHANGED,
    )


def _secrets(request: SiteRequest, feed: FeedEndpoint, shown: Credentials) -> HttpResponse:
    context: dict[str, Any] = {
        "feed": feed,
        "credentials": shown,
        "leads_to": reverse("console:feed", args=[feed.site.slug, feed.pk]),
        "is_webhook": feed.kind == FeedEndpoint.Kind.WEBHOOK,
    }
    return render_fragment(request, "console/feeds/secrets.html", context)


def _feed(site: Site, pk: int) -> FeedEndpoint:
    found: FeedEndpoint = get_object_or_404(
        FeedEndpoint.objects.select_related("site"), site=site, pk=pk
    )
    return found
