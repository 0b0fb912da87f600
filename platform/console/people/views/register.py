"""Dialogs that add and change people and companies."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.people.forms.register import CompanyForm, PersonForm
from console.people.subjects import company_or_404, known_person_or_404
from core.models import Site
from core.revisions import revision_of
from people import services
from people.permissions import PeoplePermission
from ui.dialogs import Change, Dialog, dialog_page
from ui.pages import SiteRequest

CHANGED = ("list-changed",)
_MANAGE = PeoplePermission.MANAGE_PEOPLE


@dialog_page(_MANAGE)
def add_person(request: SiteRequest, site: Site) -> Change:
    """Add a person, who may move in afterwards."""
    form = PersonForm(request.POST or None)
    del form.fields["revision"]
    return Change(
        Dialog(_("Add person"), _("Add"), _("The next step is to move the person into a unit.")),
        form,
        lambda data: services.register_person(site, request.user, **data),
        lambda person: gettext("%(name)s was added.") % {"name": person.name},
        CHANGED,
    )


@dialog_page(_MANAGE)
def change_person(request: SiteRequest, site: Site, pk: int) -> Change:
    """Change what is known of a person."""
    person = known_person_or_404(site, pk)
    values = services.person_values(person)
    data = request.POST if request.method == "POST" else None
    return Change(
        Dialog(_("Change %(name)s") % {"name": person.name}, _("Save")),
        PersonForm(data, initial={**values, "revision": revision_of(values)}),
        lambda data: services.change_person(person, request.user, **data),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def add_company(request: SiteRequest, site: Site) -> Change:
    """Add a company, which may move in afterwards."""
    form = CompanyForm(request.POST or None)
    del form.fields["revision"]
    return Change(
        Dialog(_("Add company"), _("Add"), _("The next step is to move the company into a unit.")),
        form,
        lambda data: services.register_company(site, request.user, **data),
        lambda company: gettext("%(name)s was added.") % {"name": company.name},
        CHANGED,
    )


@dialog_page(_MANAGE)
def change_company(request: SiteRequest, site: Site, pk: int) -> Change:
    """Change what is known of a company."""
    company = company_or_404(site, pk)
    values = services.company_values(company)
    data = request.POST if request.method == "POST" else None
    return Change(
        Dialog(_("Change %(name)s") % {"name": company.name}, _("Save")),
        CompanyForm(data, initial={**values, "revision": revision_of(values)}),
        lambda data: services.change_company(company, request.user, **data),
        _("Saved."),
        CHANGED,
    )
