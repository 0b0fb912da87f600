"""Raise an incident when a camera reads plates worse than in the weeks before.

Day and night are compared apart, so that the night is no decline by itself, and so are the share of
photos on which a plate was found and that of verified readings that were right. The incident is
raised once, and cleared when all shares of the camera have recovered, or after five weeks: by then
what was a decline is usual.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction

from access.accuracy import hours_of, shares
from access.incident_kinds import CAMERA_ACCURACY
from access.models import CameraDecline
from access.proportions import Share, has_fallen, has_recovered, split
from core import clock
from core.models import Site
from incidents import kinds, services

USUAL_DAYS = 28
#: Readings of earlier days are not recent, however few there were since.
RECENT_DAYS = 7
UNTIL_USUAL = timedelta(days=USUAL_DAYS + RECENT_DAYS)

Key = tuple[int, bool, str]


@transaction.atomic
def watch_site(site: Site) -> int:
    """Compare each camera of a site with its past; return how many declines are open."""
    own = CameraDecline.objects.select_for_update(of=("self",)).filter(device__site=site)
    open_: dict[Key, CameraDecline] = {
        (each.device_id, each.night, each.measure): each for each in own.order_by("pk")
    }
    before = {device for device, _night, _measure in open_}
    today = clock.local(clock.now(), site.timezone).date()
    hours = hours_of(site, USUAL_DAYS + RECENT_DAYS)
    for measure in CameraDecline.Measure.values:
        for (device, night), counts in sorted(shares(hours, measure).items()):
            key = (device, night, measure)
            recent, usual = _compared(counts, today)
            if key not in open_ and has_fallen(recent, usual):
                open_[key] = _open(site, key, recent, usual)
            elif key in open_ and _is_over(open_[key], recent):
                open_.pop(key).delete()
    for key in [key for key, each in open_.items() if _is_usual_by_now(each)]:
        open_.pop(key).delete()
    over = before - {device for device, _night, _measure in open_}
    services.clear_all(CAMERA_ACCURACY, [(site.pk, f"device:{each}") for each in sorted(over)])
    return len(open_)


def _compared(counts: Sequence[tuple[date, Share]], today: date) -> tuple[Share, Share]:
    """Return the recent share and the usual one, of hours with the latest first."""
    oldest = today - timedelta(days=RECENT_DAYS)
    return split([share for _day, share in counts], sum(day > oldest for day, _share in counts))


def _open(site: Site, key: Key, recent: Share, usual: Share) -> CameraDecline:
    device, night, measure = key
    detail = {
        "device": device,
        "night": night,
        "measure": measure,
        "share": round(recent.value, 4),
        "readings": recent.total,
        "usual": round(usual.value, 4),
    }
    severity = kinds.get(CAMERA_ACCURACY).severity
    source = f"device:{device}"
    services.raise_incident(site.pk, CAMERA_ACCURACY, source, severity, clock.now(), detail)
    return CameraDecline.objects.create(
        device_id=device,
        night=night,
        measure=measure,
        opened_at=clock.now(),
        usual_hits=usual.hits,
        usual_total=usual.total,
    )


def _is_over(decline: CameraDecline, recent: Share) -> bool:
    return has_recovered(recent, Share(decline.usual_hits, decline.usual_total))


def _is_usual_by_now(decline: CameraDecline) -> bool:
    return decline.opened_at < clock.now() - UNTIL_USUAL
