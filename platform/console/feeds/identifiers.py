"""The identifiers of feeds of GA/T 1400: their dialog, and what the feed's page shows of them."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from console.feeds.labels import held_reason
from console.secret_inputs import KEEP, secret_input, text_input
from core.models import Site
from core.revisions import revision_of
from core.text_lists import joined
from incidents.models import Disposition, FeedEndpoint
from incidents.permissions import IncidentPermission
from integrations.police.viid.identifiers import (
    PASSWORDS,
    enter_identifiers,
    shown_identifiers,
)
from integrations.police.viid.options import is_missing
from integrations.police.viid.peer_clock import MOST
from integrations.police.viid.registration import is_registered
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import RevisedForm
from ui.pages import SiteRequest

_KIND = FeedEndpoint.Kind.VIID


def _digits(label: Any, length: int, help_text: Any = "", *, required: bool = True) -> Any:
    widget = text_input(inputmode="numeric")
    return forms.CharField(
        label=label, max_length=length, required=required, widget=widget, help_text=help_text
    )


def _user(label: Any, help_text: Any) -> Any:
    return forms.CharField(
        label=label, max_length=80, required=False, widget=text_input(), help_text=help_text
    )


def _password(label: Any) -> Any:
    return forms.CharField(
        label=label, max_length=200, required=False, strip=False, widget=secret_input()
    )


class IdentifiersForm(RevisedForm):
    """What the authority has given: identifiers, and users with their passwords."""

    device_id = _digits(_("Device id"), 20, _("20 digits."))
    org_code = _digits(_("Organisation code"), 12, _("12 digits; identifiers begin with it."))
    notification_type = _digits(
        _("Type in identifiers"), 2, _("2 digits; 02 unless the authority says otherwise.")
    )
    tollgate_id = _digits(
        _("Tollgate id"), 20, _("20 digits. Empty: the device id."), required=False
    )
    keepalive_s = forms.IntegerField(
        label=_("Keep-alive (seconds)"), help_text=_("From 10 to 600; 60 is usual.")
    )
    user = _user(_("User at the receiver"), _("Empty where it asks for no sign-in."))
    password = _password(_("Password at the receiver"))
    inbound_user = _user(
        _("User of the receiver here"), _("Empty: the receiver can't send dispositions here.")
    )
    inbound_password = _password(_("Password of the receiver here"))
    categories = forms.MultipleChoiceField(
        label=_("Categories of dispositions"),
        choices=Disposition.Category.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Others are rejected. Whatever the category, only a plate is watched for."),
    )
    max_days = forms.IntegerField(
        label=_("Longest disposition (days)"),
        help_text=_("From 1 to 90. Longer ones are rejected."),
    )

    def __init__(self, *args: Any, stored: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in stored:
            self.fields[name].help_text = KEEP


@dialog_page(IncidentPermission.MANAGE_FEEDS)
def change(request: SiteRequest, site: Site, pk: int) -> Change:
    """Enter the identifiers of a feed of GA/T 1400."""
    feeds = FeedEndpoint.objects.select_related("site")
    feed: FeedEndpoint = get_object_or_404(feeds, site=site, pk=pk, kind=_KIND)
    shown = shown_identifiers(feed)
    form = IdentifiersForm(
        request.POST if request.method == "POST" else None,
        initial={**shown, "revision": revision_of(shown)},
        stored=frozenset(name for name in PASSWORDS if feed.options.get(name)),
    )
    return Change(
        Dialog(
            title=_("Identifiers"),
            lead=_("As the authority has given them. Passwords are stored encrypted."),
            button=_("Save"),
        ),
        form,
        lambda data: enter_identifiers(feed, request.user, data, data["revision"]),
        _("Saved."),
        ["list-changed"],
    )


def identifier_facts(feed: FeedEndpoint) -> dict[str, Any]:
    """Return what the page of a feed of GA/T 1400 shows besides; nothing for other kinds."""
    if feed.kind != _KIND:
        return {}
    shown = shown_identifiers(feed)
    accepted = [str(Disposition.Category(code).label) for code in shown["categories"]]
    return {
        "identifiers": shown,
        "accepted_categories": joined(accepted),
        "identifiers_missing": is_missing(feed),
        "is_registered": is_registered(feed),
        "registration_error": held_reason(feed.registration_error),
        "inbound_address": settings.PUBLIC_URL.rstrip("/") + "/VIID/",
        **_clock_facts(feed),
    }


def _clock_facts(feed: FeedEndpoint) -> dict[str, Any]:
    """Return how far the peer's clock is ahead of ours, or behind it."""
    seconds = feed.clock_ahead_s or 0
    return {
        "clock_is_known": feed.clock_ahead_s is not None,
        "clock_ahead": timedelta(seconds=max(seconds, 0)),
        "clock_behind": timedelta(seconds=max(-seconds, 0)),
        "is_clock_off": abs(timedelta(seconds=seconds)) > MOST,
    }
