"""The queue of photos for the plate reader.

A queued photo is a passage in the state READING. A reader process claims it by an advisory lock of
its database session, not by a transaction: the photo is decoded and read outside any transaction,
and returns to the queue when the process dies.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from access import frames, reading_regions, services
from access.models import Decision, Passage
from access.reads import PhotoResult
from access.usual_heights import usual_height
from core import clock
from devices.clocks import MAX_DELAY
from devices.vision.certainty import Verdict, judge
from devices.vision.failures import Failure, NotRead
from devices.vision.isolated import IsolatedReader
from devices.vision.plates import PlateCandidate, PlateReader, UnreadableImage
from devices.vision.region import Region

logger = logging.getLogger(__name__)
# More than the reader processes of one installation, each of which claims one photo.
_CLAIMABLE = 50
# A photo at whose reading so many processes ended is not begun again.
MOST_ATTEMPTS = 2
# When this process last read a photo of a camera, in monotonic seconds by its primary key.
_last_read: dict[int | None, float] = {}
_TRY_CLAIM = "SELECT pg_try_advisory_lock(hashtext('photo to read'), hashtext(%s))"
_RELEASE = "SELECT pg_advisory_unlock(hashtext('photo to read'), hashtext(%s))"


def read_next_photo(reader: PlateReader) -> Decision | None:
    """Read the newest photo in the queue and decide by it; None if the queue is empty.

    The cameras take turns, so that one that sends many photos delays its own lane only. Of each
    camera the newest comes first: its car is at the barrier, while an older one's has most likely
    left. A photo that is too old to open a barrier comes after all that may. A photo whose passage
    a guard has decided in the meantime is left out.
    """
    for pk, camera in _in_turns():
        with _claimed(pk) as is_ours:
            passage = (
                _queue().filter(pk=pk).select_related("device", "site", "lane").first()
                if is_ours
                else None
            )
            if passage is None:
                continue
            _last_read[camera] = time.monotonic()
            paths = frames.images_of(passage)
            result = _begun(passage) or _read(reader, passage, paths)
            decision = _record(pk, result, paths)
            if decision is not None:
                return decision
    return None


def hand_over(pk: int) -> Decision | None:
    """Let the guard decide about a passage in the queue, because no process reads its photo."""
    problem = "no process reads plates"
    return _record(pk, PhotoResult(Verdict(None), problem, Failure.UNAVAILABLE))


def _in_turns() -> list[tuple[int, int | None]]:
    """Return the newest passages of each camera with the camera, in the order of reading."""
    rank = Window(RowNumber(), partition_by=F("device_id"), order_by=F("received_at").desc())
    newest = _queue().annotate(rank=rank).filter(rank__lte=_CLAIMABLE).order_by("-received_at")
    fresh_from = clock.now() - MAX_DELAY
    found = newest.values_list("pk", "device_id", "rank", "received_at", "seen_at")
    ordered = sorted(
        found, key=lambda each: (min(each[3:]) < fresh_from, _last_read.get(each[1], 0.0), each[2])
    )
    return [(pk, camera) for pk, camera, *_ in ordered]


def _queue() -> QuerySet[Passage]:
    return Passage.objects.filter(state=Passage.State.READING)


@contextmanager
def _claimed(pk: int) -> Iterator[bool]:
    """Claim a passage for the block; yields False where another process has claimed it."""
    with connection.cursor() as cursor:
        cursor.execute(_TRY_CLAIM, [str(pk)])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            _release(pk)


def _release(pk: int) -> None:
    """Release the claim; a lost connection has released it already."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_RELEASE, [str(pk)])
    except DatabaseError:
        logger.warning("passage %s: the claim ended with the database connection", pk)


def _begun(passage: Passage) -> PhotoResult | None:
    """Count an attempt at a photo; return its result where too many came to nothing.

    The count is stored before the attempt, because an attempt that ends this process, or the whole
    machine, can't store anything afterwards.
    """
    if passage.read_attempts >= MOST_ATTEMPTS:
        problem = f"the plate reader ended {passage.read_attempts} times while it read this photo"
        return PhotoResult(Verdict(None), problem, Failure.CRASH)
    Passage.objects.filter(pk=passage.pk).update(read_attempts=F("read_attempts") + 1)
    return None


@transaction.atomic
def _record(pk: int, result: PhotoResult, paths: Sequence[str] | None = None) -> Decision | None:
    """Store the result and decide; None where the passage has left the queue meanwhile.

    None, too, where it has other photos than those that were read (the paths): a further frame has
    arrived meanwhile, and the passage is read again with it.
    """
    passage = (
        _queue().filter(pk=pk).select_related("device").select_for_update(of=("self",)).first()
    )
    if passage is None:
        return None
    if paths is not None and frames.images_of(passage) != paths:
        return None
    if result.verdict.candidate is not None:
        frames.show(passage, result.shown)
    return services.record_photo_read(passage, result)


def _read(reader: PlateReader, passage: Passage, paths: Sequence[str]) -> PhotoResult:
    """Return the plate on the passage's photos, or the reason why there is none."""
    countries = passage.site.plate_countries or settings.PLATE_COUNTRIES
    if isinstance(reader, IsolatedReader):
        reader.source = passage.device_id
    try:
        region = reading_regions.region_of(passage.device)
        images = frames.load(paths)
        found = _candidates(reader, list(images.values()), countries, region)
    except (UnreadableImage, FileNotFoundError) as error:
        logger.warning("passage %s: %s", passage.pk, error)
        return PhotoResult(Verdict(None), str(error))
    except NotRead as error:
        logger.warning("passage %s is not read (%s): %s", passage.pk, error.failure, error)
        return PhotoResult(Verdict(None), str(error), error.failure)
    except Exception as error:
        # The same photo would fail at every attempt, so it leaves the queue and a guard decides.
        logger.exception("plate reader failed on passage %s", passage.pk)
        return PhotoResult(Verdict(None), f"{type(error).__name__}: {error}")
    lane = passage.lane
    limits = lane.reader_limit / 100, lane.known_limit / 100
    usual = usual_height(lane.pk, passage.device_id) if found else None
    verdict = judge(found, countries, *limits, usual_height=usual)
    shown = list(images)[verdict.candidate.frame] if verdict.candidate else ""
    return PhotoResult(verdict, shown=shown)


def _candidates(
    reader: PlateReader, images: Sequence[bytes], countries: Sequence[str], region: Region
) -> list[PlateCandidate]:
    if len(images) == 1:
        return reader.read(images[0], countries, region)
    return reader.read_frames(images, countries, region)
