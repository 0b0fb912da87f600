"""The result of a trial, as the page of the rule shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.models import Run, Site
from devices.models import Device
from estate.models import Lane
from incidents.alarms.observables import DEVICE
from incidents.alarms.past import EVENTS, MINUTES, RAW
from incidents.alarms.trials import LISTED, LISTED_OF_SOURCE
from ui.pages import Text

USED: Mapping[str, Text] = {
    RAW: _("each measurement"),
    MINUTES: _("lows and highs of minutes, where measurements are no longer kept"),
    EVENTS: _("stored events"),
}


@dataclass(frozen=True)
class Alarm:
    """What would have been raised once: of a device or a lane, and when."""

    device: Device | None
    lane: Lane | None
    began_at: datetime
    ended_at: datetime | None

    @property
    def subject(self) -> str:
        """What the device or lane is called; empty if it is gone."""
        return self.device.code if self.device else str(self.lane or "")


@dataclass(frozen=True)
class Trial:
    """A trial that runs or has ended."""

    run: Run
    alarms: list[Alarm]
    used: list[Text]
    listed_of_source: int = LISTED_OF_SOURCE
    listed: int = LISTED

    @property
    def raised(self) -> int:
        """How many alarms would have been raised."""
        return int(self.run.result.get("raised", 0))

    @property
    def used_text(self) -> str:
        """What the alarms were evaluated from."""
        return "; ".join(map(str, self.used))

    @property
    def is_cut(self) -> bool:
        """Whether not all of the alarms are listed."""
        return self.raised > len(self.alarms)

    @property
    def failed(self) -> bool:
        """Whether it has stopped without a result."""
        return self.run.state in (Run.State.FAILED, Run.State.CANCELLED)


def shown_trial(run: Run | None, site: Site) -> Trial | None:
    """Return a trial with its alarms, the newest first; None if there is none."""
    if run is None:
        return None
    periods = run.result.get("periods", [])
    names = [period["source"].partition(":") for period in periods]
    keys = [(subject, int(pk)) for subject, _colon, pk in names]
    devices = Device.objects.filter(site=site).in_bulk([pk for each, pk in keys if each == DEVICE])
    lanes = Lane.objects.filter(gate__site=site).in_bulk(
        [pk for each, pk in keys if each != DEVICE]
    )
    alarms = [
        _alarm(period, devices.get(pk) if each == DEVICE else None, lanes.get(pk))
        for period, (each, pk) in zip(periods, keys, strict=True)
    ]
    return Trial(run, alarms, [USED[name] for name in run.result.get("used", [])])


def _alarm(period: Mapping[str, Any], device: Device | None, lane: Lane | None) -> Alarm:
    ended = period["ended_at"]
    return Alarm(
        device,
        None if device else lane,
        datetime.fromisoformat(period["began_at"]),
        datetime.fromisoformat(ended) if ended else None,
    )
