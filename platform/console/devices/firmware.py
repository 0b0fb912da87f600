"""The list of devices by the firmware that they run."""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Case, CharField, Q, QuerySet, Value, When
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.models import Site
from devices import fleet, selectors
from devices.fleet import Version
from devices.models import Device
from devices.topics import DEVICE
from ui.lists import (
    Column,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    containing,
    search_filter,
)
from ui.lists.cells import link, shows

_OUTDATED, _NEWEST = "outdated", "newest"


class FirmwareFilter(ListFilter):
    """Filters of devices by firmware."""

    q = search_filter(_("Code, model or version"))
    version = choice_filter(_("State"), [(_OUTDATED, _("outdated")), (_NEWEST, _("newest"))])


def _running(version: Version) -> Q:
    return Q(driver=version.driver, model=version.model, firmware=version.firmware)


def _with_newest(site: Site) -> QuerySet[Device]:
    """Return the site's devices, each with the newest version of its model as ``newest``."""
    known = [When(_running(each), then=Value(each.newest)) for each in fleet.firmware(site)]
    newest = Case(*known, default=Value(""), output_field=CharField())
    return selectors.devices_of(site).annotate(newest=newest)


def _by_version(site: Site, rows: QuerySet[Device], state: str) -> QuerySet[Device]:
    outdated = _any_of(each for each in fleet.firmware(site) if each.outdated)
    if state == _OUTDATED:
        return rows.filter(outdated)
    return rows.filter(~outdated).exclude(firmware="")


def _any_of(versions: Iterable[Version]) -> Q:
    return reduce(or_, map(_running, versions), Q(pk__in=[]))


FIRMWARE = Listing(
    name="firmware",
    title=_("Firmware"),
    rows=_with_newest,
    columns=(
        Column("device", _("Device"), lambda device: device.code, sort="code", fixed=True),
        Column("name", _("Name"), lambda device: device.name),
        Column("driver", _("Driver"), lambda device: device.driver),
        Column("model", _("Model"), lambda device: device.model),
        Column("firmware", _("Firmware"), lambda device: device.firmware),
        Column("newest", _("Newest at this site"), lambda device: device.newest),
    ),
    cells={
        "device": lambda device, page: link(
            page.address("console:device", device.pk), format_html("<b>{}</b>", device.code)
        ),
        "driver": lambda device, _page: format_html("<code>{}</code>", device.driver),
        "model": shows(lambda device: device.model or "–"),
        "firmware": shows(lambda device: device.firmware or "–"),
        "newest": shows(lambda device: device.newest or "–"),
    },
    sort="device",
    filters=FirmwareFilter,
    lookups={"q": containing("code", "model", "firmware"), "version": _by_version},
    presets=(Preset(_("All"), {}), Preset(_("outdated"), {"version": _OUTDATED})),
    topics=(DEVICE.name,),
    steady=True,
    empty=_("No devices yet. Register one, or several from a list."),
)
