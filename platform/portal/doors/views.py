"""A resident's doors: which ones open, opening one by the phone, and who passed with what."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.errors import Rejection
from doors import own_credentials, phones, selectors
from doors.admission import doors_open_to
from doors.labels import means_label
from doors.models import Card, DoorPassage, Token
from doors.opening import openers
from portal.residents import HomeRequest, home_page, render_home

HERE = "doors"
_LATEST = 10
# What a resident reads of a door that stays closed; everything else is for the staff.
_REFUSALS = {
    "not_at_this_time": gettext_lazy("not at this time"),
    "passback": gettext_lazy("you have entered already and not left"),
    "full": gettext_lazy("it is full inside"),
    "lock_down": gettext_lazy("the doors are locked down"),
    "second_factor_missing": gettext_lazy("it asks for a second factor at the door itself"),
}


@require_GET
@home_page
def doors(request: HomeRequest) -> HttpResponse:
    """List the doors that open for the resident now, what opens them, and the latest passages."""
    person = request.person
    own = doors_open_to(person, clock.now())
    by_phone = {served.door_id for served in openers(own)}
    passages = DoorPassage.objects.filter(person=person).select_related("door")
    context = {
        "doors": [(door, door.pk in by_phone) for door in own],
        "pin": own_credentials.in_use(person, Token.Means.PIN),
        "cards": list(selectors.cards_of(person).filter(state__in=Card.IN_USE)),
        "passages": [
            (passage, means_label(passage.means))
            for passage in passages.order_by("-at", "-pk")[:_LATEST]
        ],
    }
    return render_home(request, "portal/doors/doors.html", context, here=HERE)


@require_POST
@home_page
def open_door(request: HomeRequest, pk: int) -> HttpResponse:
    """Open a door at which the resident stands, if the decision is to open it."""
    own = doors_open_to(request.person, clock.now())
    door = next((each for each in own if each.pk == pk), None)
    if door is None:
        raise Http404(f"no door {pk}")
    try:
        phone = own_credentials.own_phone(request.person, request.user)
        passage = phones.open_by_phone(phone, door)
    except Rejection as rejection:
        messages.error(request, f"{door.name}: {rejection.message} – {rejection.hint}")
    else:
        if passage.granted:
            messages.success(request, _("%(door)s opens now.") % {"door": door.name})
        else:
            why = _REFUSALS.get(passage.rule, _("ask the management"))
            said = _("%(door)s stays closed: %(why)s.") % {"door": door.name, "why": why}
            messages.error(request, said)
    return redirect("portal:own_doors", binding=request.binding.pk)
