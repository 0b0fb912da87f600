"""The billing settings of a site and its organisation."""

from datetime import time
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import settings
from billing.labels import account_title
from billing.models import BillingSettings, VatRate
from billing.permissions import BillingPermission
from billing.services import settings as services
from billing.services import vat_rates
from billing.services.settings import ENTITY_VALUES, SITE_VALUES, values_of
from billing.vat import day_of, vat_by_account
from console.billing_settings.forms import LIMITS, OrganisationForm, SiteForm, VatRateForm
from console.pages import render_page
from core import clock, revisions
from core.models import Site
from core.money import Money
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import PlainForm, posted
from ui.pages import SiteRequest, site_page

_MANAGE = BillingPermission.CHANGE_SETTINGS
_CHANGED = ["list-changed"]


@site_page(_MANAGE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the settings of the site and of its organisation."""
    site_values = values_of(settings.settings_of(site), SITE_VALUES)
    entity = values_of(settings.legal_entity_of(site), ENTITY_VALUES)
    context = {
        "of_site": _written(SiteForm(site), site_values, site.currency),
        "has_no_limit": not all(site_values[name] for name in LIMITS),
        "of_organisation": _written(OrganisationForm(()), entity, site.currency),
        "vat": vat_by_account(site, day_of(site, clock.now())),
    }
    return render_page(request, "console/billing_settings/page.html", context, "billing_settings")


@dialog_page(_MANAGE)
def change_site(request: SiteRequest, site: Site) -> Change:
    """Change the rules of the site's bills and payments."""
    values = values_of(settings.settings_of(site), SITE_VALUES)
    form = SiteForm(site, _posted(request), initial=_with_revision(values))
    return Change(
        Dialog(title=gettext_lazy("Bills and payments"), button=gettext_lazy("Save")),
        form,
        lambda data: services.change_billing_settings(site, request.user, **data),
        gettext_lazy("Saved."),
        _CHANGED,
    )


@dialog_page(_MANAGE)
def change_organisation(request: SiteRequest, site: Site) -> Change:
    """Change what the organisation prints on bills."""
    values = values_of(settings.legal_entity_of(site), ENTITY_VALUES)
    locked = services.locked_prefixes(site.organisation)
    form = OrganisationForm(locked, _posted(request), initial=_with_revision(values))
    return Change(
        Dialog(
            title=gettext_lazy("What is printed on bills"),
            lead=gettext_lazy("It applies to all sites of the organisation."),
            button=gettext_lazy("Save"),
        ),
        form,
        lambda data: services.change_organisation_billing(site, request.user, _MANAGE, **data),
        gettext_lazy("Saved."),
        _CHANGED,
    )


@dialog_page(_MANAGE)
def set_rate(request: SiteRequest, site: Site) -> Change:
    """Set the VAT of an income account from a day on."""
    today = day_of(site, clock.now())
    return Change(
        Dialog(
            title=gettext_lazy("VAT rate"),
            lead=gettext_lazy("It applies to all sites of the organisation."),
            button=gettext_lazy("Save"),
        ),
        VatRateForm(posted(request), initial={"valid_from": today}),
        lambda data: vat_rates.set_vat_rate(site, request.user, _MANAGE, **data),
        gettext_lazy("Saved."),
        _CHANGED,
    )


@dialog_page(_MANAGE)
def withdraw_rate(request: SiteRequest, site: Site, pk: int) -> Change:
    """Withdraw a rate that has not begun."""
    row = get_object_or_404(VatRate, organisation=site.organisation_id, pk=pk)
    values = {"charges": account_title(row.account), "day": row.valid_from.isoformat()}
    return Change(
        Dialog(
            title=_("Withdraw the VAT rate of %(charges)s from %(day)s") % values,
            button=gettext_lazy("Withdraw"),
            lead=gettext_lazy("It applies to all sites of the organisation."),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda data: vat_rates.withdraw_vat_rate(site, request.user, _MANAGE, row),
        gettext_lazy("Rate withdrawn."),
        _CHANGED,
    )


def _with_revision(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "revision": revisions.revision_of(values)}


def _written(form: PlainForm, values: dict[str, Any], currency: str) -> list[tuple[Any, str]]:
    """Return values as labels and texts, in the order of the form."""
    return [(form.fields[name].label, _text(name, values[name], currency)) for name in values]


def _text(name: str, value: Any, currency: str) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name in LIMITS:
        return Money(value, currency).written() if value else _("none: always a second person")
    if isinstance(value, time):
        return f"{value:%H:%M}"
    orders = dict(BillingSettings.PenaltyOrder.choices)
    return str(orders.get(value, value)) or "–"


def _posted(request: SiteRequest) -> object:
    return posted(request)
