"""Create sites and change their settings."""

from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import audit, revisions
from core.errors import Rejection
from core.events import publish
from core.models import Organisation, Site, User
from devices.vision.formats import COUNTRIES
from estate import ports
from estate.events import SiteCreated
from estate.services.common import Actor, insert, taken, validate
from estate.services.organisations import create_organisation

#: The values of a site that its form changes.
SITE_VALUES = (
    "slug",
    "name",
    "timezone",
    "currency",
    "plate_countries",
    "language",
    "phone",
    "wallets",
)
#: The actions of changes in the audit log.
CHANGED, RESTORED = "change site", "restore site settings"


@transaction.atomic
def create_site(
    actor: Actor,
    *,
    slug: str,
    name: str,
    timezone: str,
    currency: str,
    organisation: Organisation | None = None,
    organisation_name: str = "",
    plate_countries: list[str] | None = None,
    language: str = "",
    longitude: float = 0.0,
    latitude: float = 0.0,
) -> Site:
    """Create a site; a user who creates one becomes its manager (`people.handlers`).

    Args:
        slug: its name in addresses and topics; unique.
        timezone: an IANA name.
        currency: an ISO 4217 code.
        organisation: the legal entity that runs it; None for a new one.
        organisation_name: of a new organisation; empty for the site's name.
        plate_countries: ISO 3166-1 codes; empty for what the installation expects.
        language: of texts that Gatehouse makes for the site, such as the names of its buildings;
            empty for the installation's.
        longitude, latitude: degrees in WGS-84.

    Raises:
        Rejection: a value is malformed, or the slug is used already.
    """
    site = Site(slug=slug.strip(), name=name.strip(), timezone=timezone, currency=currency)
    site.plate_countries, site.language = plate_countries or [], language
    site.longitude, site.latitude = longitude, latitude
    _validate(site)
    site.organisation = organisation or create_organisation(organisation_name or site.name)
    insert(site, "slug", site.slug)
    audit.record(site, actor, "create site", ("site", site.pk), slug=site.slug)
    publish(SiteCreated(site.pk, actor.get_username() if isinstance(actor, User) else ""))
    return site


@transaction.atomic
def change_site(
    site: Site, actor: Actor, *, revision: str = "", action: str = CHANGED, **values: Any
) -> Site:
    """Change settings of a site.

    Args:
        revision: the token of what the form showed; empty without a form.
        action: what the audit log calls it.
        values: those of `SITE_VALUES` that change.

    Raises:
        Rejection: a value is malformed, was changed meanwhile, or is fixed because records depend
            on it: the time zone and the currency once there are stays, the address once there are
            devices.
    """
    locked = Site.objects.select_for_update().get(pk=site.pk)
    before, subject = site_values(locked), ("site", locked.pk)
    revisions.require_revision(revision, before, locked, subject)
    for name in SITE_VALUES:
        value = values.get(name, before[name])
        setattr(locked, name, value.strip() if isinstance(value, str) else value)
    _validate(locked)
    changed = revisions.changed_values(before, site_values(locked))
    _require_changeable(locked, changed)
    if changed:
        _update(locked, changed)
        audit.record(locked, actor, action, subject, **changed)
    return locked


def site_values(site: Site) -> dict[str, Any]:
    """Return the settings of a site that its form changes."""
    return {name: getattr(site, name) for name in SITE_VALUES}


def _require_changeable(site: Site, changed: dict[str, list[Any]]) -> None:
    fixed = ports.fixed_values(site) if changed else {}
    for field in changed:
        if field in fixed:
            raise Rejection(
                field,
                "fixed",
                _("it can no longer change: %(reason)s") % {"reason": fixed[field]},
                _("keep the present value, or create another site"),
            )


def _update(site: Site, changed: dict[str, list[Any]]) -> None:
    try:
        with transaction.atomic():
            site.save(update_fields=list(changed))
    except IntegrityError as error:
        raise taken("slug", site.slug) from error


def _validate(site: Site) -> None:
    validate(site, SITE_VALUES)
    for country in site.plate_countries:
        if country not in COUNTRIES:
            raise _unknown("plate_countries", country, _("choose from the list"))
    if site.language and site.language not in dict(settings.LANGUAGES):
        raise _unknown("language", site.language, _("choose from the list"))


def _unknown(field: str, value: str, hint: str) -> Rejection:
    return Rejection(field, "not_a_choice", _("%(value)s is unknown") % {"value": value}, hint)
