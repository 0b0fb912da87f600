"""How the user is notified: channels by kind, telephone, quiet hours, browsers for push."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Rejection
from core.models import User
from core.notifications import channels
from core.notifications.kinds import NoticeKind
from core.severities import Severity
from people import push_subscriptions
from people.models import PushSubscription
from people.notification_settings import change_settings, least_of, offered_kinds, settings_of
from ui.accounts.browser_names import browser_name
from ui.forms import PlainForm
from ui.rejections import sentences

OFF = "off"
_LEAST = (
    (OFF, gettext_lazy("Off")),
    (Severity.MINOR, gettext_lazy("All")),
    (Severity.MODERATE, gettext_lazy("From moderate")),
    (Severity.SEVERE, gettext_lazy("From severe")),
    (Severity.EXTREME, gettext_lazy("Extreme only")),
)
_LONGEST_BODY = 4000  # bytes


class NotificationForm(PlainForm):
    """The least severity by kind and channel, the telephone and the quiet hours."""

    phone = forms.CharField(
        label=gettext_lazy("Telephone for text messages"),
        required=False,
        max_length=40,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel"}),
    )
    quiet_from = forms.TimeField(
        label=gettext_lazy("Quiet from"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("Quiet until"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user, self.kinds, self.offered = user, offered_kinds(user), channels.wired()
        stored, least = settings_of(user), least_of(user)
        kwargs["initial"] = {
            "phone": stored.phone,
            "quiet_from": stored.quiet_from,
            "quiet_until": stored.quiet_until,
            **{_name(kind, code): least or OFF for (kind, code), least in least.items()},
        }
        super().__init__(*args, **kwargs)
        for kind in self.kinds:
            for code in self.offered:
                self.fields[_name(kind.code, code)] = _choice(kind, code)

    def groups(self) -> list[tuple[NoticeKind, list[forms.BoundField]]]:
        """Return the fields of each kind, for the template."""
        return [
            (kind, [self[_name(kind.code, code)] for code in self.offered]) for kind in self.kinds
        ]

    @property
    def has_phone(self) -> bool:
        """Whether text messages are sent at all."""
        return channels.SMS in self.offered

    def save(self) -> None:
        """Store the settings.

        Raises:
            Rejection: see `change_settings`.
        """
        values = self.cleaned_data
        least = {
            (kind.code, code): None if chosen == OFF else chosen
            for kind in self.kinds
            for code in self.offered
            if (chosen := values[_name(kind.code, code)])
        }
        change_settings(
            self.user,
            least=least,
            phone=values["phone"],
            quiet_from=values["quiet_from"],
            quiet_until=values["quiet_until"],
        )


def _name(kind: str, channel: str) -> str:
    return f"{kind}-{channel}"


def _choice(kind: NoticeKind, channel: str) -> forms.ChoiceField:
    always = channel in kind.always
    return forms.ChoiceField(
        label=str(channels.LABELS[channel]),
        choices=((Severity.MINOR.value, _("Always")),) if always else _LEAST,
        disabled=always,
        required=False,
        widget=forms.Select({"class": "form-select"}),
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notification_settings(request: HttpRequest) -> HttpResponse:
    """Show how the user is notified, or change it."""
    user = _user(request)
    form = NotificationForm(user, request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            form.save()
        except Rejection as rejection:
            form.add_rejection(rejection)
        else:
            messages.success(request, _("Saved."))
            return redirect("notification_settings")
    context = {
        "form": form,
        "push_key": push_subscriptions.public_key(),
        "browsers": push_subscriptions.of_user(user),
    }
    status = 422 if form.errors else 200
    return render(request, "ui/notification_settings.html", context, status=status)


@login_required
@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """Store this browser's push subscription, given as JSON."""
    try:
        given = json.loads(request.body[:_LONGEST_BODY])
        endpoint, keys = str(given["endpoint"]), given["keys"]
        p256dh, auth = str(keys["p256dh"]), str(keys["auth"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": _("This browser sent no subscription.")}, status=422)
    browser = browser_name(request.headers.get("User-Agent", ""))
    try:
        push_subscriptions.subscribe(
            _user(request), endpoint=endpoint, p256dh=p256dh, auth=auth, browser=browser
        )
    except Rejection as rejection:
        return JsonResponse({"error": sentences(rejection)}, status=422)
    messages.success(request, _("This browser gets push messages now."))
    return JsonResponse({})


@login_required
@require_POST
def unsubscribe(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one of the user's browsers."""
    row = get_object_or_404(PushSubscription, user=_user(request), pk=pk)
    push_subscriptions.unsubscribe(row)
    messages.success(request, _("This browser gets no push messages any more."))
    return redirect("notification_settings")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    return request.user
