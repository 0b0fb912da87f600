"""Register companies and change what is known of them."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import audit, revisions
from core.errors import Rejection
from core.models import Site
from estate.services.common import Actor, validate
from people.models import Company

#: The values of a company that a form changes.
COMPANY_VALUES = ("name", "tax_number", "contact", "phone", "email")


@transaction.atomic
def register_company(
    site: Site,
    actor: Actor,
    *,
    name: str,
    tax_number: str = "",
    contact: str = "",
    phone: str = "",
    email: str = "",
) -> Company:
    """Add a company that owns or rents units or bays of the site.

    Args:
        contact: the name of the person there to turn to.

    Raises:
        Rejection: a value is missing or malformed, or the site has a company of that tax number.
    """
    company = Company(
        site=site, name=name, tax_number=tax_number, contact=contact, phone=phone, email=email
    )
    _clean(company)
    _save(company, force_insert=True)
    audit.record(site, actor, "register company", ("company", company.pk))
    return company


@transaction.atomic
def change_company(company: Company, actor: Actor, *, revision: str = "", **values: Any) -> Company:
    """Change what is known of a company; the audit log names the fields, not their values.

    Raises:
        Rejection: a value is malformed or was changed meanwhile, or another company of the site
            has the tax number.
    """
    rows = Company.objects.select_for_update(of=("self",)).select_related("site")
    locked = rows.get(pk=company.pk)
    before, subject = company_values(locked), ("company", locked.pk)
    revisions.require_revision(revision, before, locked.site, subject)
    for name, value in values.items():
        setattr(locked, name, value)
    _clean(locked)
    changed = revisions.changed_values(before, company_values(locked))
    if changed:
        _save(locked, update_fields=list(changed))
        audit.record(locked.site, actor, "change company", subject, fields=sorted(changed))
    return locked


def company_values(company: Company) -> dict[str, Any]:
    """Return the values of a company that a form changes."""
    return {name: getattr(company, name) for name in COMPANY_VALUES}


def _clean(company: Company) -> None:
    for name in COMPANY_VALUES:
        setattr(company, name, " ".join(getattr(company, name).split()))
    company.tax_number = company.tax_number.replace(" ", "").upper()
    if not any(map(str.isalpha, company.name)):
        raise Rejection("name", "missing", _("a name is required"), _("enter the company's name"))
    validate(company, COMPANY_VALUES)


def _save(company: Company, **how: Any) -> None:
    try:
        with transaction.atomic():
            company.save(**how)
    except IntegrityError as error:
        raise Rejection(
            "tax_number",
            "already_used",
            _("another company of the site has this tax number"),
            _("choose that company, or correct the number"),
        ) from error
