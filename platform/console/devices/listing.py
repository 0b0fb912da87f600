"""The list of devices: columns, filters and what can be done with several at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.models import Site, User
from core.undo import Changes
from devices import selectors, services
from devices.drivers.labels import driver_choices
from devices.models import Device
from devices.permissions import DevicePermission
from devices.topics import DEVICE
from ui.forms import ConfirmForm
from ui.lists import (
    BulkAction,
    Column,
    FirstStep,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    conditions,
    containing,
    search_filter,
)
from ui.lists.cells import RowPage, link, shows, state
from ui.templatetags.gatehouse import moment

_DISABLED = "disabled"
_KINDS = dict(Device.Kind.choices)
_TONES: dict[str, str] = {Device.State.ONLINE: "go", Device.State.OFFLINE: "stop"}
_CLOCK_TOLERANCE_MS = 5000
_STATES = {state.value: Q(enabled=True, state=state) for state in Device.State}


class DeviceFilter(ListFilter):
    """Filters of devices; a state is one of enabled devices, or that a device is disabled."""

    q = search_filter(_("Code, name, serial number or model"))
    kind = choice_filter(_("Kind"), Device.Kind.choices)
    driver = choice_filter(_("Driver"))
    state = choice_filter(_("State"), [*Device.State.choices, (_DISABLED, _("disabled"))])

    def set_choices(self, site: Site) -> None:
        """Offer the installed drivers."""
        self.offer("driver", driver_choices())


def _state(device: Device) -> object:
    return device.get_state_display() if device.enabled else _("disabled")


def _in_state(reported: Device.State) -> Callable[[Site], QuerySet[Device]]:
    return lambda site: selectors.devices_of(site).filter(_STATES[reported])


def _enable(_site: Site, actor: User, rows: Sequence[Device], _data: Mapping[str, Any]) -> Changes:
    return services.set_all_enabled(rows, True, actor=actor)


def _disable(_site: Site, actor: User, rows: Sequence[Device], _data: Mapping[str, Any]) -> Changes:
    return services.set_all_enabled(rows, False, actor=actor)


ENABLE = BulkAction(
    name="enable",
    label=_("Enable"),
    permission=DevicePermission.MANAGE_DEVICES,
    question=lambda n: ngettext("Enable %(n)s device", "Enable %(n)s devices", n) % {"n": n},
    consequence=_("They may connect to the broker again, with the passwords they have."),
    perform=_enable,
    form=ConfirmForm,
    done=lambda n: ngettext("%(n)s device enabled.", "%(n)s devices enabled.", n) % {"n": n},
    events=("live:device",),
    undo=services.restore_enabled,
)
DISABLE = BulkAction(
    name="disable",
    label=_("Disable"),
    permission=DevicePermission.MANAGE_DEVICES,
    question=lambda n: ngettext("Disable %(n)s device", "Disable %(n)s devices", n) % {"n": n},
    consequence=_(
        "They are disconnected from the broker and their messages are rejected, until they are "
        "enabled again."
    ),
    perform=_disable,
    form=ConfirmForm,
    done=lambda n: ngettext("%(n)s device disabled.", "%(n)s devices disabled.", n) % {"n": n},
    tone="danger-soft",
    events=("live:device",),
    undo=services.restore_enabled,
)


def _code(device: Device, page: RowPage) -> SafeString:
    shown = format_html("<b>{}</b>", device.code)
    return link(page.address("console:device", device.pk), shown)


def _state_cell(device: Device, _page: RowPage) -> SafeString:
    tone = _TONES.get(device.state, "") if device.enabled else ""
    return state(_state(device), tone)


def _last_seen(device: Device, _page: RowPage) -> object:
    if device.last_seen_at is None:
        return _("never")
    return format_html(
        '<time datetime="{}" data-ago>{}</time>',
        device.last_seen_at.isoformat(),
        moment(device.last_seen_at, "date"),
    )


def _clock(device: Device, _page: RowPage) -> object:
    offset = device.clock_offset_ms
    if offset is None:
        return "–"
    if abs(offset) <= _CLOCK_TOLERANCE_MS:
        return f"{offset} ms"
    return format_html('<b class="wrong">{} ms</b>', offset)


DEVICES = Listing(
    name="devices",
    title=_("Devices"),
    rows=selectors.devices_of,
    columns=(
        Column("device", _("Device"), lambda device: device.code, sort="code", fixed=True),
        Column("name", _("Name"), lambda device: device.name),
        Column("kind", _("Kind"), lambda device: device.get_kind_display()),
        Column("state", _("State"), _state),
        Column("seen", _("Last seen"), lambda device: device.last_seen_at),
        Column("clock", _("Clock offset"), lambda d: d.clock_offset_ms, numeric=True),
        Column("driver", _("Driver"), lambda device: device.driver),
    ),
    cells={
        "device": _code,
        "kind": shows(lambda device: _KINDS[device.kind]),
        "state": _state_cell,
        "seen": _last_seen,
        "clock": _clock,
        "driver": lambda device, _page: format_html("<code>{}</code>", device.driver),
    },
    sort="device",
    filters=DeviceFilter,
    lookups={
        "kind": "kind",
        "driver": "driver",
        "state": conditions({**_STATES, _DISABLED: Q(enabled=False)}),
        "q": containing("code", "name", "serial", "model"),
    },
    presets=(
        Preset(_("All"), {}),
        *(Preset(each.label, {"state": each}, _in_state(each)) for each in Device.State),
        Preset(_("disabled"), {"state": _DISABLED}),
    ),
    actions=(ENABLE, DISABLE),
    actions_url="console:bulk_devices",
    topics=(DEVICE.name,),
    steady=True,
    empty=_("No devices yet. Register one, or several from a list."),
    first_step=FirstStep(
        _("Register device"), "console:register_device", DevicePermission.MANAGE_DEVICES
    ),
)
