"""Dialogs: choose whom to enrol, record a consent at the desk, withdraw it, enter the filing."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.faces.forms import ChooseForm, DeskConsentForm, FilingForm
from console.faces.subjects import person_or_404
from console.faces.views import MANAGE
from console.pages import redirect_to
from core import clock
from core.models import Site
from doors.faces import enrolment, filing, withdrawal
from doors.faces.purposes import FACE_DOORS, FACE_PHOTO
from doors.models.faces import PURPOSE
from people.consents import Purpose, has_consented, record_statement
from people.models import ConsentStatement, Person
from ui.dialogs import Change, Dialog, confirm_form, dialog_page, show_dialog
from ui.forms import posted
from ui.pages import SiteRequest, Text, site_page

CHANGED = ["list-changed"]
CHANNEL = "desk"
_GIVEN = ConsentStatement.State.GIVEN


@site_page(MANAGE)
@require_http_methods(["GET", "POST"])
def choose(request: SiteRequest, site: Site) -> HttpResponse:
    """Choose a person, and open the page of the person's face."""
    form = ChooseForm(site, posted(request))
    if form.is_bound and form.is_valid():
        return redirect_to(request, "person_face", site.slug, form.cleaned_data["person"].pk)
    dialog = Dialog(
        title=_("Enrol a face at the desk"),
        lead=_("The person has to be present, and decides."),
        button=_("Continue"),
    )
    return show_dialog(request, dialog, form)


@dialog_page(MANAGE)
def consent(request: SiteRequest, site: Site, pk: int) -> Change:
    """Record that a person consents at the desk; in vain, nobody is asked for it."""
    person = person_or_404(site, pk)

    def perform(data: dict[str, Any]) -> ConsentStatement:
        enrolment.require_possible(person)
        return _record(person, request, FACE_DOORS, data)

    return _consent(request, person, FACE_DOORS, perform)


@dialog_page(MANAGE)
def keep_photo(request: SiteRequest, site: Site, pk: int) -> Change:
    """Record that a person lets the photo be kept for replaced terminals."""
    person = person_or_404(site, pk)

    def perform(data: dict[str, Any]) -> ConsentStatement:
        if not has_consented(person, PURPOSE):
            raise enrolment.no_consent()
        return _record(person, request, FACE_PHOTO, data)

    return _consent(request, person, FACE_PHOTO, perform)


@dialog_page(MANAGE)
def delete_photo(request: SiteRequest, site: Site, pk: int) -> Change:
    """Withdraw the consent to keep the photo."""
    return _step(
        request,
        person_or_404(site, pk),
        _("Delete the photo of %(name)s"),
        _("The face goes on opening doors. A terminal that is replaced needs a new photo."),
        _("Delete the photo"),
        withdrawal.withdraw_photo,
    )


@dialog_page(MANAGE)
def withdraw(request: SiteRequest, site: Site, pk: int) -> Change:
    """Withdraw the consent to the face at doors, as the person wishes."""
    return _step(
        request,
        person_or_404(site, pk),
        _("%(name)s withdraws the consent"),
        _(
            "Numbers, photo and key are deleted within a minute, and each terminal is ordered to"
            " delete the face. Card, code and PIN go on opening the same doors."
        ),
        pgettext_lazy("a consent", "Withdraw and delete"),
        withdrawal.withdraw,
    )


@dialog_page(MANAGE)
def enter_filing(request: SiteRequest, site: Site) -> Change:
    """Enter the number of the operator's filing."""
    return Change(
        Dialog(
            title=_("Number of the filing"),
            lead=_(
                "Whoever stores 100,000 faces files that with the authorities within 30 working"
                " days."
            ),
            button=_("Save"),
        ),
        FilingForm(posted(request)),
        lambda data: filing.enter_number(site, request.user, data["number"]),
        _("Saved."),
        CHANGED,
    )


def _record(
    person: Person, request: SiteRequest, purpose: Purpose, data: dict[str, Any]
) -> ConsentStatement:
    return record_statement(
        person,
        request.user,
        purpose=purpose.code,
        state=_GIVEN,
        at=clock.now(),
        channel=CHANNEL,
        guardian=data.get("guardian", ""),
    )


def _consent(
    request: SiteRequest, person: Person, purpose: Purpose, perform: Callable[..., object]
) -> Change:
    return Change(
        Dialog(
            title=_("%(name)s consents to %(purpose)s")
            % {"name": person.name, "purpose": purpose.title},
            lead=_("Let the person read the text, or read it out."),
            button=_("Record consent"),
            template="console/faces/wording.html",
            context={"purpose": purpose},
        ),
        DeskConsentForm(person, posted(request)),
        perform,
        _("Saved."),
        CHANGED,
    )


def _step(
    request: SiteRequest,
    person: Person,
    title: Any,
    lead: Text,
    button: Text,
    perform: Callable[..., None],
) -> Change:
    return Change(
        Dialog(title=title % {"name": person.name}, lead=lead, button=button, tone="danger-soft"),
        confirm_form(request),
        lambda _data: perform(person, request.user, channel=CHANNEL),
        lambda _done: gettext("Saved."),
        CHANGED,
    )
