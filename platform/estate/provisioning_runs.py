"""Register a large list of devices in the background, with progress.

A small list is registered at once and as a whole (`provisioning.provision`). A large one is checked
as a whole, and then registered in chunks by a run (core.runs): a line that has become invalid in
the meantime is reported, the others are registered.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock, live, runs
from core.errors import Rejection
from core.models import Run, Site, User
from devices import accounts
from devices.models import Device
from devices.topics import DEVICE
from estate import device_list, provisioning
from estate.provisioning import Line, Provisioned

KIND = "estate.provision"
# Larger lists take longer than a page should load.
LARGE = 200
CHUNK = 100


def is_large(text: str) -> bool:
    """Return whether the list should be registered in the background.

    Raises:
        Rejection: the text is not a list of devices.
    """
    return len(device_list.read(text)) > LARGE


@transaction.atomic
def start(site: Site, text: str, actor: User) -> Run:
    """Start to register the devices of a list.

    Raises:
        Rejection: the text is not a list of devices, or one of its lines is rejected.
    """
    lines = provisioning.check_all(site, device_list.read(text))
    return runs.start(KIND, site, actor.get_username(), len(lines), {"list": text})


def register_next(run: Run) -> runs.Chunk:
    """Register the next lines of the list: a chunk."""
    rows = device_list.read(run.parameters["list"])
    begin = run.cursor or 0
    end = begin + CHUNK
    accounts.lock_names()
    lines = provisioning.check_rows(run.site, rows[begin:end])
    valid = [line for line in lines if line.rejection is None]
    made = provisioning.register(run.site, valid, run.actor)
    devices = [*run.result.get("devices", []), *(each.device.pk for each in made)]
    rejections = [*run.result.get("rejections", []), *map(_rejection, _rejected(lines))]
    if end >= len(rows):
        run.parameters = {}  # the list may hold serial numbers; it has served its purpose
    return runs.Chunk(
        done=len(valid),
        failed=len(lines) - len(valid),
        cursor=end if end < len(rows) else None,
        result={"devices": devices, "rejections": rejections},
    )


@transaction.atomic
def reveal_secrets(run: Run) -> list[Provisioned]:
    """Return the devices that a run has registered with their secrets, which are shown once.

    Raises:
        Rejection: the run has not ended, or its secrets were shown before.
    """
    locked = Run.objects.select_for_update().get(pk=run.pk, kind=KIND)
    if not locked.is_ended:
        raise Rejection("run", "not_ended", _("is still running"), _("wait until it ends"))
    if "revealed_at" in locked.result:
        raise Rejection(
            "run",
            "already_shown",
            _("its passwords have already been shown"),
            _("generate new passwords on the devices' pages"),
        )
    locked.result["revealed_at"] = clock.now().isoformat()
    locked.save(update_fields=["result"])
    devices = Device.objects.in_bulk(locked.result.get("devices", []))
    return [
        provisioning.with_secrets(devices[pk], accounts.password_of(devices[pk]) or "")
        for pk in locked.result.get("devices", [])
        if pk in devices
    ]


def run_of(site: Site, pk: int) -> Run | None:
    """Return a provisioning run of the site."""
    return Run.objects.filter(kind=KIND, site=site, pk=pk).first()


def announce(run: Run) -> None:
    """Announce that a run has made progress."""
    live.announce(DEVICE, run.site_id)


def _rejected(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.rejection is not None]


def _rejection(line: Line) -> dict[str, Any]:
    assert line.rejection is not None  # noqa: S101 — chosen by _rejected
    rejection = line.rejection
    return {
        "line": line.number,
        "field": rejection.field,
        "code": rejection.code,
        "message": rejection.message,
        "hint": rejection.hint,
    }


runs.register(KIND, register_next, announce)
