"""A visitor asks at a door, by the code on its poster; the host or the guard approves it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from access.models import VisitorPass
from core.client_address import client_address
from core.clock import zone
from core.errors import Rejection
from core.rate_limits import Limit, TooManyAttempts, count_attempt
from doors.visits import selectors, services
from doors.visits.rules import visit_rules
from estate.models import Door
from ui.forms import PlateForm, plate_field
from ui.waiting import wait_text

# Requests at one door, and from one phone: hosts are not to be called all day.
OF_DOOR = Limit("visitor-asks-door", free=60, first_s=30, longest_s=900, window_s=3600)
OF_CLIENT = Limit("visitor-asks-client", free=6, first_s=30, longest_s=900, window_s=3600)


class AskForm(PlateForm):
    """Who asks, whom they visit and why."""

    visitor_name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"})
    )
    unit = forms.CharField(
        label=_("Whom do you visit?"),
        max_length=40,
        help_text=_("Building and unit, such as 3-1202."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("Your phone"),
        max_length=30,
        required=False,
        widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel"}),
    )
    reason = forms.ChoiceField(
        label=_("Reason of the visit"),
        choices=VisitorPass.Reason.choices,
        initial=VisitorPass.Reason.VISIT,
    )
    plate = plate_field(required=False)
    field_order = ("visitor_name", "unit", "phone", "reason", *PlateForm.field_order)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, token: str) -> HttpResponse:
    """Ask to come in at a door; the answer is the page of the visit, which waits for the host."""
    door = selectors.door_of_poster(token)
    if door is None or not visit_rules(door.site).asks_at_door:
        return render(request, "portal/visit/ended.html", status=404)
    form = AskForm(request.POST if request.method == "POST" else None)
    with timezone.override(zone(door.site.timezone)):
        if form.is_bound and form.is_valid():
            made, status = _ask(request, door, form)
            if made is not None:
                return redirect("portal:visit", code=made.code)
            return _page(request, door, form, status)
        return _page(request, door, form, 422 if form.errors else 200)


def _ask(request: HttpRequest, door: Door, form: AskForm) -> tuple[VisitorPass | None, int]:
    """Record the request; return the visit, or the status of the answer."""
    data: dict[str, Any] = dict(form.cleaned_data)
    unit = selectors.unit_called(door, data.pop("unit"))
    if unit is None:
        form.add_error("unit", gettext("There is no such unit here. Ask your host for its number."))
        return None, 422
    try:
        count_attempt((OF_DOOR, str(door.pk)), (OF_CLIENT, client_address(request)))
        return services.ask(door, unit, **data), 302
    except TooManyAttempts as error:
        form.add_error(None, wait_text(error.wait_s))
        return None, 429
    except Rejection as rejection:
        form.add_rejection(rejection)
        return None, 422


def _page(request: HttpRequest, door: Door, form: AskForm, status: int) -> HttpResponse:
    context = {"site": door.site, "door": door, "form": form, "rules": visit_rules(door.site)}
    return render(request, "portal/visit/ask.html", context, status=status)
