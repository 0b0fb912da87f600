"""Take pictures of an occurrence: at once, after 3 s and after 10 s (specification).

Each is a `PictureRequest`. The nearest camera that sees the place takes it; if it fails, the next
one is tried. A plate camera is asked by a signed command, and its answer arrives as an event.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from core import clock, jobs
from core.errors import Rejection
from core.images import ImageRejected, Limits, decode_pixels
from core.sealed_secrets import UnreadableSecretError
from devices import commands
from devices.events import PhotoTaken
from devices.models import Command
from incidents import kinds
from incidents.evidence.cameras import SNAPSHOT, cameras_for, record_result, target_of
from incidents.evidence.lanes import lane_id_of
from incidents.evidence.ports import SnapshotError, snapshot_source
from incidents.evidence.registry import Found
from incidents.evidence.storing import store
from incidents.kinds import Category
from incidents.models import Evidence, EvidenceCamera, Occurrence, PictureRequest

log = logging.getLogger(__name__)
PROVIDER = "camera"
OFFSETS_S = (0, 3, 10)
# A picture of what happened longer ago shows what has become of it, not what happened.
PROMPT = timedelta(minutes=1)
# A plate camera answers within this time; a later photo was asked for by somebody else.
ANSWER_WITHIN = timedelta(seconds=20)
_TRIED = 2
MAX_BYTES = 8 * 1024 * 1024
LIMITS = Limits(
    formats=("JPEG",), pixels=40_000_000, png_pixels=1, smallest_side=16, longest_side=20_000
)
_DECODED_PIXELS = 2_000_000
Request = PictureRequest


def plan(occurrence: Occurrence) -> None:
    """Queue the pictures of an occurrence that has just happened, where a camera sees its place."""
    incident = occurrence.incident
    is_prompt = clock.now() - occurrence.at <= PROMPT
    if incident.late or not is_prompt or not _is_visible(incident.kind):
        return
    if not _cameras(occurrence):
        return
    with transaction.atomic():
        for offset in OFFSETS_S:
            request, is_new = Request.objects.get_or_create(occurrence=occurrence, offset_s=offset)
            if is_new:
                jobs.enqueue(take, request.pk, after=timedelta(seconds=offset))


@jobs.job(queue=jobs.BULK)
def take(request_id: int) -> None:
    """Take a picture with the nearest camera, or the next one if that fails."""
    rows = Request.objects.select_related("occurrence__incident__site")
    request = rows.filter(pk=request_id, state=Request.State.WAITING, command=None).first()
    if request is None:
        return
    problem = "no_camera"
    for camera in _cameras(request.occurrence)[:_TRIED]:
        problem = _try(request, camera)
        record_result(camera, problem)
        if not problem:
            return
    _fail(request, problem)


def record_photo(event: PhotoTaken) -> bool:
    """Store the photo that a plate camera sent; return whether a request waited for it."""
    if event.image is None:
        return False
    asked = Request.objects.select_for_update(of=("self",)).filter(
        camera__device=event.device_id,
        state=Request.State.WAITING,
        asked_at__gte=event.received_at - ANSWER_WITHIN,
    )
    request = asked.select_related("occurrence__incident", "camera").order_by("asked_at").first()
    if request is None or request.camera is None:
        return False
    problem = problem_of(event.image, decode=False)
    record_result(request.camera, problem)
    if problem:
        _fail(request, problem)
    else:
        _keep(request, request.camera, event.image, event.received_at)
    return True


@jobs.every(minutes=1)
def give_up_requests() -> None:
    """Mark pictures as failed that a plate camera has not sent in time."""
    before = clock.now() - ANSWER_WITHIN
    late = Request.objects.filter(state=Request.State.WAITING, asked_at__lt=before)
    late.update(state=Request.State.FAILED, problem="timed_out")


def fetch(camera: EvidenceCamera) -> bytes:
    """Return a picture of a camera with an address, as it was sent.

    Raises:
        SnapshotError: none came, or it can't be decoded.
    """
    try:
        image = snapshot_source().fetch(target_of(camera))
    except UnreadableSecretError as error:
        raise SnapshotError("other_master_key") from error
    if problem := problem_of(image):
        raise SnapshotError(problem)
    return image


def ask(camera: EvidenceCamera, reason: str) -> Command:
    """Send a plate camera the command to take a photo, in the caller's transaction.

    Raises:
        Rejection: its driver has no such command.
    """
    assert camera.device is not None  # noqa: S101 — a constraint: one source
    return commands.send(camera.device, SNAPSHOT, {}, actor="evidence", reason=reason)


def problem_of(image: bytes, *, decode: bool = True) -> str:
    """Return why a picture is not stored: a code, or empty. The original bytes are kept.

    Args:
        decode: whether it is decoded, which may take a second, or its structure checked alone.
    """
    if len(image) > MAX_BYTES:
        return "too_large"
    try:
        if decode:
            decode_pixels(image, LIMITS, reduce_above=_DECODED_PIXELS)
        else:
            LIMITS.check(image)
    except ImageRejected as error:
        return error.code
    return ""


def _try(request: PictureRequest, camera: EvidenceCamera) -> str:
    """Take a picture with a camera, or ask its device; return a problem's code, or empty."""
    try:
        if camera.device_id is not None:
            _ask(request, camera)
        else:
            _keep(request, camera, fetch(camera), clock.now())
    except SnapshotError as error:
        return error.code
    except Rejection as error:
        return error.code[:40]
    return ""


@transaction.atomic
def _ask(request: PictureRequest, camera: EvidenceCamera) -> None:
    incident = request.occurrence.incident
    request.command = ask(camera, f"incident {incident.pk}")
    request.camera, request.asked_at = camera, clock.now()
    request.save(update_fields=["command", "camera", "asked_at"])


def _keep(
    request: PictureRequest, camera: EvidenceCamera, image: bytes, taken_at: datetime
) -> None:
    values = {"camera": camera.name, "offset_s": request.offset_s}
    key = f"{request.occurrence_id} +{request.offset_s}"
    found = Found(Evidence.Kind.PHOTO, key, taken_at, values, image, camera.pk)
    store(request.occurrence.incident, PROVIDER, [found])
    request.camera, request.state, request.problem = camera, Request.State.TAKEN, ""
    request.save(update_fields=["camera", "state", "problem"])


def _fail(request: PictureRequest, problem: str) -> None:
    log.warning("no picture of occurrence %s: %s", request.occurrence_id, problem)
    request.state, request.problem = Request.State.FAILED, problem
    request.save(update_fields=["state", "problem"])


def _cameras(occurrence: Occurrence) -> list[EvidenceCamera]:
    incident = occurrence.incident
    position = None
    if incident.longitude is not None and incident.latitude is not None:
        position = incident.longitude, incident.latitude
    return cameras_for(incident.site_id, position, lane_id_of(occurrence))


def _is_visible(kind: str) -> bool:
    """Whether a picture may show what happened: not of a device that is offline or has a fault."""
    return set(kinds.get(kind).categories) != {Category.INFRA}
