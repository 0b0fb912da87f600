"""Change how a site and its organisation bill."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from billing.models import Bill, BillingSettings, CreditNote, OrganisationBilling
from core import audit, revisions
from core.errors import Rejection
from core.models import Organisation, Site, User
from core.permissions import may

#: What the forms change, in their order.
SITE_VALUES = (
    "due_days",
    "allows_part_payment",
    "applies_credit",
    "penalty_order",
    "refund_limit",
    "waiver_limit",
    "link_days",
    "quiet_from",
    "quiet_until",
)
ENTITY_VALUES = ("bank_name", "bank_account", "phone", "bill_prefix", "credit_note_prefix")
# The documents whose numbers begin with a prefix.
_NUMBERED: dict[str, type[Bill] | type[CreditNote]] = {
    "bill_prefix": Bill,
    "credit_note_prefix": CreditNote,
}


def values_of(row: models.Model, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the values of a row that a form changes."""
    return {name: getattr(row, name) for name in names}


@transaction.atomic
def change_billing_settings(
    site: Site, actor: User, *, revision: str = "", **values: Any
) -> BillingSettings:
    """Change the rules of a site's bills and payments.

    Args:
        site: whose rules.
        actor: who changes them; the caller has checked the permission.
        revision: the token of what the form showed; empty without a form.
        values: those of `SITE_VALUES` that change.

    Raises:
        Rejection: a value is malformed, or was changed meanwhile.
    """
    BillingSettings.objects.get_or_create(site=site)
    row = BillingSettings.objects.select_for_update().get(site=site)
    changed = _change(row, SITE_VALUES, values, revision, site, ("site", site.pk))
    if changed:
        audit.record(site, actor, "change billing settings", ("site", site.pk), **changed)
    return row


@transaction.atomic
def change_organisation_billing(
    site: Site, actor: User, permission: str, *, revision: str = "", **values: Any
) -> OrganisationBilling:
    """Change what the organisation of a site prints on its bills, for all of its sites.

    Args:
        site: at which it is changed; it is audited at each site of the organisation.
        actor: who changes it.
        permission: what the actor needs at each site of the organisation.
        revision: the token of what the form showed; empty without a form.
        values: those of `ENTITY_VALUES` that change.

    Raises:
        Rejection: a value is malformed or was changed meanwhile, a prefix is in use already, or
            the actor lacks the permission at another site of the organisation.
    """
    organisation, sites = lock_organisation(site, actor, permission, "bank_name")
    row, _is_new = OrganisationBilling.objects.get_or_create(organisation=organisation)
    for name in locked_prefixes(organisation):
        if values.get(name, getattr(row, name)) != getattr(row, name):
            raise Rejection(
                name,
                "in_use",
                _("documents with this prefix were issued already"),
                _("keep it, so that the numbers stay in one series"),
            )
    subject = ("organisation", organisation.pk)
    changed = _change(row, ENTITY_VALUES, values, revision, site, subject)
    for each in sites if changed else ():
        audit.record(each, actor, "change organisation billing", subject, **changed)
    return row


def lock_organisation(
    site: Site, actor: User, permission: str, field: str
) -> tuple[Organisation, list[Site]]:
    """Lock the organisation of a site for a change that applies to all of its sites.

    Returns:
        The organisation with its sites.

    Raises:
        Rejection: the actor lacks the permission at another site of the organisation.
    """
    organisation = Organisation.objects.select_for_update().get(sites=site)
    sites = list(organisation.sites.order_by("pk"))
    if not all(may(actor, each, permission) for each in sites):
        raise Rejection(
            field,
            "other_sites",
            _("it runs other sites, which you don't manage"),
            _("ask an administrator to change it"),
        )
    return organisation, sites


def locked_prefixes(organisation: Organisation) -> list[str]:
    """Return the prefixes that documents have been numbered with."""
    return [
        name
        for name, model in _NUMBERED.items()
        if model.objects.filter(site__organisation=organisation).exists()
    ]


def _change(
    row: models.Model,
    names: tuple[str, ...],
    values: dict[str, Any],
    revision: str,
    site: Site,
    subject: audit.Subject,
) -> dict[str, list[Any]]:
    """Set values of a locked row; return what changed as `revisions.changed_values` does."""
    before = values_of(row, names)
    revisions.require_revision(revision, before, site, subject)
    for name, value in values.items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    try:
        row.clean_fields()
    except ValidationError as error:
        name, problems = next(iter(error.message_dict.items()))
        raise Rejection(name, "invalid", problems[0], _("enter another value")) from error
    row.save()
    changed = revisions.changed_values(before, values_of(row, names))
    return {name: [str(each) for each in pair] for name, pair in changed.items()}
