"""What drivers and their levels are called, in the reader's language."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from devices.drivers import DRIVERS
from devices.drivers.contract import Level, Manifest

LEVELS: dict[Level, str | Promise] = {
    Level.BRONZE: _("bronze"),
    Level.SILVER: _("silver"),
    Level.GOLD: _("gold"),
    Level.PLATINUM: _("platinum"),
}


def driver_title(manifest: Manifest) -> str:
    """Return the driver's title, translated where the catalogue has it."""
    return gettext(manifest.title)


def driver_choices() -> list[tuple[str, str]]:
    """Return the drivers' names and titles, for a form's select."""
    return [(name, driver_title(driver.MANIFEST)) for name, driver in DRIVERS.items()]
