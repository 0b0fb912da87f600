"""How a site and its organisation bill."""

from billing.models import BillingSettings, OrganisationBilling
from core.models import Site


def settings_of(site: Site) -> BillingSettings:
    """Return the site's rules of bills and payments, or the defaults."""
    found = BillingSettings.objects.filter(site=site).first()
    return found or BillingSettings(site=site)


def legal_entity_of(site: Site) -> OrganisationBilling:
    """Return what the site's organisation prints on bills, or the defaults."""
    found = OrganisationBilling.objects.filter(organisation=site.organisation_id).first()
    return found or OrganisationBilling(organisation=site.organisation)
