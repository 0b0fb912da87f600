"""Create and change the legal entities that run sites."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, revisions
from core.errors import Rejection
from core.models import Organisation, Site, User
from core.permissions import may
from estate.permissions import EstatePermission
from estate.services.common import Actor, validate

#: The values of an organisation that its form changes.
ORGANISATION_VALUES = ("name", "tax_number", "address")


def create_organisation(name: str, *, tax_number: str = "", address: str = "") -> Organisation:
    """Create an organisation, whose first site follows in the same transaction.

    Raises:
        Rejection: the name is missing or too long.
    """
    organisation = Organisation(
        name=name.strip(), tax_number=tax_number.strip(), address=address.strip()
    )
    _validate(organisation)
    organisation.save(force_insert=True)
    return organisation


@transaction.atomic
def change_organisation(site: Site, actor: Actor, *, revision: str = "", **values: Any) -> Site:
    """Change the organisation that runs a site, for all of its sites.

    Args:
        site: at which the change is audited, as at each other site of the organisation.
        revision: the token of what the form showed; empty without a form.
        values: those of `ORGANISATION_VALUES` that change.

    Raises:
        Rejection: a value is malformed or was changed meanwhile, or the user doesn't manage
            another site of the organisation.
    """
    organisation = Organisation.objects.select_for_update().get(sites=site)
    before, subject = organisation_values(organisation), ("organisation", organisation.pk)
    revisions.require_revision(revision, before, site, subject)
    _require_manager(organisation, actor)
    for name, value in values.items():
        setattr(organisation, name, value.strip())
    _validate(organisation)
    changed = revisions.changed_values(before, organisation_values(organisation))
    if changed:
        organisation.save(update_fields=list(changed))
    for each in organisation.sites.order_by("pk") if changed else ():
        audit.record(each, actor, "change organisation", subject, **changed)
    return site


def organisation_values(organisation: Organisation) -> dict[str, Any]:
    """Return the values of an organisation that its form changes."""
    return {name: getattr(organisation, name) for name in ORGANISATION_VALUES}


def _require_manager(organisation: Organisation, actor: Actor) -> None:
    if not isinstance(actor, User):
        return
    for site in organisation.sites.all():
        if not may(actor, site, EstatePermission.MANAGE_PLACES):
            raise Rejection(
                "name",
                "other_sites",
                _("it runs other sites, which you don't manage"),
                _("ask an administrator to change it"),
            )


def _validate(organisation: Organisation) -> None:
    try:
        validate(organisation, ORGANISATION_VALUES)
    except Rejection as rejection:
        if rejection.field == "name":
            rejection.field = "organisation_name" if organisation.pk is None else "name"
        raise
