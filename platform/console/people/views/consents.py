"""The consents of a person: what each is for, what was stated when, and new statements."""

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from console.pages import render_page
from console.people.forms.consents import CHANNELS, ConsentForm
from console.people.subjects import known_person_or_404
from core import audit, clock
from core.models import Site
from people import consents
from people.consents import Purpose
from people.models import ConsentStatement
from people.permissions import PeoplePermission
from ui.dialogs import Change, Dialog, dialog_page
from ui.pages import SiteRequest, site_page

CHANGED = ("list-changed",)
State = ConsentStatement.State


@site_page(PeoplePermission.VIEW_PEOPLE)
def page(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a person's consents with their history."""
    person = known_person_or_404(site, pk)
    audit.record_read(site, request.user, "read consents", ("person", pk))
    titles = {each.code: each.title for each in consents.purposes()}
    channels = dict(CHANNELS)
    statements = [
        (each, titles.get(each.purpose, each.purpose), channels.get(each.channel, each.channel))
        for each in consents.statements_of(person)
    ]
    context = {
        "person": person,
        "consents": consents.consents_of(person),
        "statements": statements,
        "is_child": consents.is_child(person, clock.now()),
    }
    return render_page(request, "console/people/consents.html", context, "people")


@dialog_page(PeoplePermission.MANAGE_PEOPLE)
def give(request: SiteRequest, site: Site, pk: int, purpose: str) -> Change:
    """Record that a person gives a consent; the wording is shown."""
    return _statement(request, site, pk, purpose, State.GIVEN)


@dialog_page(PeoplePermission.MANAGE_PEOPLE)
def withdraw(request: SiteRequest, site: Site, pk: int, purpose: str) -> Change:
    """Record that a person withdraws a consent; what hangs on it is deleted."""
    return _statement(request, site, pk, purpose, State.WITHDRAWN)


def _statement(request: SiteRequest, site: Site, pk: int, code: str, state: State) -> Change:
    person, purpose = known_person_or_404(site, pk), _purpose_or_404(code)
    gives = state == State.GIVEN
    data = request.POST if request.method == "POST" else None
    names = {"name": person.name, "purpose": purpose.title}
    return Change(
        Dialog(
            title=(
                _("%(name)s consents to %(purpose)s")
                if gives
                else _("%(name)s withdraws the consent to %(purpose)s")
            )
            % names,
            button=_("Record consent") if gives else _("Record withdrawal"),
            lead="" if gives else _("What needs this consent is deleted at once."),
            tone="primary" if gives else "danger-soft",
            template="console/people/wording.html",
            context={"purpose": purpose},
        ),
        ConsentForm(purpose, data, withdraws=not gives),
        lambda values: consents.record_statement(
            person, request.user, purpose=code, state=state, **values
        ),
        _("Saved."),
        CHANGED,
    )


def _purpose_or_404(code: str) -> Purpose:
    """Return a declared purpose.

    Raises:
        Http404: there is none of that code.
    """
    for purpose in consents.purposes():
        if purpose.code == code:
            return purpose
    raise Http404(f"no purpose {code}")
