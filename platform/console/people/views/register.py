"""Dialogs that add and change people and companies."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.people.forms.register import CompanyForm, PersonForm
from console.people.subjects import company_or_404, known_person_or_404
from core.models import Site
from core.revisions import revision_of
from people import services
from people.models import Holder
from people.permissions import PeoplePermission
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import RevisedForm
from ui.pages import SiteRequest

CHANGED = ("list-changed",)
_MANAGE = PeoplePermission.MANAGE_PEOPLE


@dialog_page(_MANAGE)
def add_person(request: SiteRequest, site: Site) -> Change:
    """Add a person, who may move in afterwards."""
    lead = _("The next step is to move the person into a unit.")
    dialog = Dialog(_("Add person"), _("Add"), lead)
    return _add(request, site, dialog, PersonForm, services.register_person)


@dialog_page(_MANAGE)
def change_person(request: SiteRequest, site: Site, pk: int) -> Change:
    """Change what is known of a person."""
    person = known_person_or_404(site, pk)
    values = services.person_values(person)
    return _change(request, person, values, PersonForm, services.change_person)


@dialog_page(_MANAGE)
def add_company(request: SiteRequest, site: Site) -> Change:
    """Add a company, which may move in afterwards."""
    lead = _("The next step is to move the company into a unit.")
    dialog = Dialog(_("Add company"), _("Add"), lead)
    return _add(request, site, dialog, CompanyForm, services.register_company)


@dialog_page(_MANAGE)
def change_company(request: SiteRequest, site: Site, pk: int) -> Change:
    """Change what is known of a company."""
    company = company_or_404(site, pk)
    values = services.company_values(company)
    return _change(request, company, values, CompanyForm, services.change_company)


def _add(
    request: SiteRequest,
    site: Site,
    dialog: Dialog,
    form_class: type[RevisedForm],
    register: Callable[..., Holder],
) -> Change:
    form = form_class(request.POST or None)
    del form.fields["revision"]
    return Change(
        dialog,
        form,
        lambda data: register(site, request.user, **data),
        lambda added: gettext("%(name)s was added.") % {"name": added.name},
        CHANGED,
    )


def _change(
    request: SiteRequest,
    holder: Holder,
    values: dict[str, Any],
    form_class: type[RevisedForm],
    change: Callable[..., Holder],
) -> Change:
    data = request.POST if request.method == "POST" else None
    return Change(
        Dialog(_("Change %(name)s") % {"name": holder.name}, _("Save")),
        form_class(data, initial={**values, "revision": revision_of(values)}),
        lambda entered: change(holder, request.user, **entered),
        _("Saved."),
        CHANGED,
    )
