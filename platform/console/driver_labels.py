"""What drivers say of themselves, in the page's language."""

from django.utils.functional import Promise
from django.utils.translation import gettext as in_its_language
from django.utils.translation import gettext_lazy as _

from devices.drivers import DRIVERS
from devices.drivers.contract import Level, Manifest

LEVELS: dict[Level, str | Promise] = {
    Level.BRONZE: _("bronze"),
    Level.SILVER: _("silver"),
    Level.GOLD: _("gold"),
    Level.PLATINUM: _("platinum"),
}


def title_of(manifest: Manifest) -> str:
    """Return the driver's title, translated where the catalogue has it."""
    return in_its_language(manifest.title)


def driver_choices() -> list[tuple[str, str]]:
    """Return the drivers to choose from, by name and title, in the page's language."""
    return [(name, title_of(driver.MANIFEST)) for name, driver in DRIVERS.items()]
