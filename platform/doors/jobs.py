"""Scheduled jobs: credentials end, old rows go, lists of devices are driven."""

from datetime import date, timedelta

from django.db.models import Q, QuerySet

from access.models import VisitorPass
from core import clock
from core.jobs import at_local_time, every, tick
from core.models import Site
from core.retention import Scope, Sweep
from doors.device_lists import driving
from doors.faces import photos, removals, withdrawal
from doors.models import CodeUse, DoorPassage, Muster, Presence, Right, Token, VisitCrossing
from doors.reading import STALE
from doors.retention import MUSTERS, PASSAGES, VISITORS, is_evidence
from doors.services import end_past_cards
from doors.tokens import end_past_tokens

_BATCH = 2000
_SCOPE = Scope(site="site", at="at", person="person")
_OF_MUSTERS = Scope(site="site", at="ended_at")
_OF_VISITORS = Scope(site="site", at="ends_at", plate="plate", person="host")
_CODES_KEPT = timedelta(hours=1)


@at_local_time("00:02")
def end_cards(site_id: int, day: str) -> int:
    """End the cards, PINs, codes and phones of a site whose last day has passed.

    Returns:
        How many have ended.
    """
    site, passed = Site.objects.get(pk=site_id), date.fromisoformat(day)
    return end_past_cards(site, passed) + end_past_tokens(site, passed)


@every(minutes=60)
def delete_door_passages() -> int:
    """Delete passages at doors past their period; return how many.

    Those that an open incident needs stay.
    """
    sweep = Sweep(PASSAGES, DoorPassage.objects.exclude(is_evidence()), _SCOPE)
    while sweep.work_on_batch(_BATCH, lambda rows: rows.delete()):
        continue
    _forget()
    return sweep.record()


@every(minutes=60)
def forget_visitors() -> int:
    """Blank the names and phone numbers of visitors past their period; return of how many.

    The plate stays as long as the stay of the car needs it; codes and rights go with the name.
    """
    named = ~Q(visitor_name="") | ~Q(phone="")
    rows = VisitorPass.objects.filter(named, entered_at=None)
    sweep = Sweep(VISITORS, rows, _OF_VISITORS)
    while sweep.work_on_batch(_BATCH, _blank):
        continue
    return sweep.record()


@every(minutes=60)
def delete_musters() -> int:
    """Delete musters past their period with their marks; return how many."""
    sweep = Sweep(MUSTERS, Muster.objects.exclude(ended_at=None), _OF_MUSTERS)
    while sweep.work_on_batch(_BATCH, lambda rows: rows.delete()):
        continue
    return sweep.record()


def _blank(rows: QuerySet[VisitorPass]) -> None:
    VisitCrossing.objects.filter(visit__in=rows).delete()
    Token.objects.filter(visit__in=rows).delete()
    Right.objects.filter(visit__in=rows).delete()
    rows.update(visitor_name="", phone="")


def _forget() -> None:
    """Delete what no decision looks at any more: used codes, people not seen for long."""
    CodeUse.objects.filter(at__lt=clock.now() - _CODES_KEPT).delete()
    Presence.objects.filter(at__lt=clock.now() - 7 * STALE).delete()


@every(minutes=1)
def destroy_face_keys() -> int:
    """Destroy the keys of templates that were deleted in whichever way; return how many."""
    withdrawal.delete_ended()
    return removals.destroy_keys()


@every(minutes=10)
def delete_lost_faces() -> int:
    """Delete templates without keys, keys without templates, and old photos; return how many."""
    photos.delete_old()
    return removals.delete_orphans()


@tick(seconds=2)
def drive_device_lists() -> int:
    """Send what is due to devices that decide by a list; return how many orders."""
    return driving.resume()


@every(minutes=5)
def refresh_device_lists() -> int:
    """Compute what is wanted on devices' lists; return how many entries have changed.

    Rights of residents follow from occupancies, whose changes announce themselves nowhere.
    """
    return driving.refresh_all()


@at_local_time("03:10")
def compare_device_lists(site_id: int, day: str) -> int:
    """Compare the lists of a site's devices with what is known of them; return of how many."""
    return driving.compare_site(Site.objects.get(pk=site_id))
