"""The list of devices with the lanes and bays at which they stand."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.utils.translation import gettext_lazy

from core.errors import Rejection
from core.imports import Effect, ImportKind, Outcome, Staged, Values, Verdict
from core.models import Site, User
from core.tables import Choice, Code, Text, WholeNumber, YesNo
from devices import accounts
from devices.drivers import DRIVERS
from devices.models import Device
from devices.permissions import DevicePermission
from devices.services.checking import LONGEST_INTERVAL_S, SHORTEST_INTERVAL_S
from estate import device_batches, provisioning
from estate.device_list import Row
from estate.provisioning import Line

_LONGEST_OPTIONS = 8_000
_OUTCOMES = {
    provisioning.Outcome.NEW: Outcome.NEW,
    provisioning.Outcome.KNOWN: Outcome.UNCHANGED,
}


class DevicesList(ImportKind):
    """A device a row, by its code; its passwords are shown once after the import."""

    code = "devices"
    title = gettext_lazy("Devices and where they stand")
    about = gettext_lazy("One device per row. Passwords are shown once, at the end.")
    permission = DevicePermission.MANAGE_DEVICES
    order = 8
    other_key_column = "serial"
    reveal_url = "console:reveal_passwords"
    columns = (
        Code(
            code="code",
            title=gettext_lazy("Code"),
            help=gettext_lazy(
                "The device's name in topics: letters, digits, hyphens, underscores."
            ),
            required=True,
            longest=60,
            aliases=("编号", "设备编号"),
            example="gate-1-camera",
        ),
        Choice(
            code="kind",
            title=gettext_lazy("Kind"),
            required=True,
            choices=dict(Device.Kind.choices),
            aliases=("类型", "设备类型"),
            example="camera",
        ),
        Choice(
            code="driver",
            title=gettext_lazy("Driver"),
            help=gettext_lazy("Its protocol."),
            required=True,
            choices={name: name for name in DRIVERS},
            aliases=("驱动",),
            example="vzenith-mqtt",
        ),
        Code(
            code="serial",
            title=gettext_lazy("Serial number"),
            help=gettext_lazy("The maker's cameras sign in with it."),
            longest=60,
            aliases=("序列号",),
            example="265e1040-85e01fb7",
        ),
        Text(
            code="name",
            title=gettext_lazy("Name"),
            help=gettext_lazy("Display name."),
            longest=120,
            aliases=("名称", "设备名称"),
        ),
        WholeNumber(
            code="interval_s",
            title=gettext_lazy("Reports every (s)"),
            help=gettext_lazy(
                "Silence in seconds after which it counts as offline. Empty: the driver's default."
            ),
            minimum=SHORTEST_INTERVAL_S,
            maximum=LONGEST_INTERVAL_S,
            aliases=("上报间隔", "interval"),
        ),
        Text(
            code="topic",
            title=gettext_lazy("Topic"),
            help=gettext_lazy("For drivers with one topic per device."),
            longest=240,
            aliases=("主题",),
        ),
        Text(
            code="options",
            title=gettext_lazy("Options"),
            help=gettext_lazy('Settings as JSON, such as {"preset": "bay-magnetic"}.'),
            longest=_LONGEST_OPTIONS,
            aliases=("选项",),
        ),
        Text(
            code="place",
            title=gettext_lazy("Place"),
            help=gettext_lazy(
                "Location by code: gate/lane for a camera or barrier, lot/bay for a bay sensor."
            ),
            longest=60,
            aliases=("位置",),
        ),
        YesNo(
            code="drives_barrier",
            title=gettext_lazy("Opens the barrier"),
            help=gettext_lazy("Yes for a camera whose output opens its lane's barrier."),
            aliases=("控制道闸",),
        ),
    )

    def key(self, values: Values) -> str:
        """Return the code."""
        return str(values["code"])

    def other_key(self, values: Values) -> str:
        """Return the serial number."""
        return values.get("serial") or ""

    def group(self, values: Values) -> str:
        """Return the lane or bay, which has one device of a kind."""
        return values.get("place") or ""

    def check(self, site: Site, rows: Sequence[Staged], earlier: Sequence[Staged]) -> list[Verdict]:
        """Check devices as a registration on a page does, each also against the rows above."""
        lines = provisioning.check_rows(site, [_row(each) for each in (*earlier, *rows)])
        return [_verdict(line) for line in lines[len(earlier) :]]

    def apply(
        self, site: Site, actor: User, rows: Sequence[tuple[Staged, Verdict]]
    ) -> list[Effect]:
        """Register devices, and assign them to their lanes and bays."""
        accounts.lock_names()
        made = provisioning.register(site, [verdict.target for _row, verdict in rows], actor)
        return [Effect("device", each.device.pk) for each in made]

    def undo(self, site: Site, actor: User, effects: Sequence[Effect]) -> None:
        """Remove devices that have not reported yet."""
        keys = [each.subject_id for each in effects]
        device_batches.withdraw(site, list(Device.objects.filter(site=site, pk__in=keys)), actor)


def _row(staged: Staged) -> Row:
    """Return a row as the list of the command line has it."""
    return Row(staged.number, dict(_cells(staged.values)))


def _cells(values: Values) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, bool):
            yield name, "yes" if value else "no"
        elif value not in (None, ""):
            yield name, str(value)


def _verdict(line: Line) -> Verdict:
    verdict = Verdict(target=line)
    if line.rejection is not None:
        verdict.reject(_in_column(line.rejection))
    else:
        verdict.outcome = _OUTCOMES[line.outcome]
    return verdict


def _in_column(rejection: Rejection) -> Rejection:
    """Return a rejection of a part of the options, whose place its message names."""
    column, dot, _part = rejection.field.partition(".")
    if not dot:
        return rejection
    return replace(rejection, field=column, message=f"{rejection.field}: {rejection.message}")
