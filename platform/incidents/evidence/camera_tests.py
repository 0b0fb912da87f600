"""Take a picture with a camera to try it: "Take a picture now"."""

from datetime import timedelta
from functools import partial

from django.db import transaction

from core import audit, clock, photos
from core.jobs import every
from core.models import User
from devices.events import PhotoTaken
from incidents.evidence import pictures
from incidents.evidence.ports import SnapshotError
from incidents.models import EvidenceCamera

FOLDER = "camera-tests"
# A picture of a test shows whoever walks by.
KEPT_FOR = timedelta(days=1)


def try_camera(camera: EvidenceCamera, actor: User) -> EvidenceCamera:
    """Take a picture with a camera; a plate camera is asked, and its answer is stored later.

    Raises:
        Rejection: the device takes no pictures.
    """
    subject = ("evidence_camera", camera.pk)
    audit.record(camera.site, actor, "test evidence camera", subject, name=camera.name)
    if camera.device_id is not None:
        with transaction.atomic():
            pictures.ask(camera, "test")
            camera.test_asked_at = clock.now()
            camera.save(update_fields=["test_asked_at"])
        return camera
    try:
        image: bytes | None = pictures.fetch(camera)
        problem = ""
    except SnapshotError as error:
        image, problem = None, error.code
    return _store(camera, image, problem)


def record_test_photo(event: PhotoTaken) -> None:
    """Store the photo that a device sent for a test, in the transaction of its message."""
    asked = EvidenceCamera.objects.select_for_update().filter(
        device=event.device_id, test_asked_at__gte=event.received_at - pictures.ANSWER_WITHIN
    )
    camera = asked.order_by("test_asked_at").first()
    if camera is None or event.image is None:
        return
    problem = pictures.problem_of(event.image, decode=False)
    _store(camera, None if problem else event.image, problem)


@every(minutes=60)
def delete_test_pictures() -> int:
    """Delete pictures of tests after a day; return how many."""
    old = EvidenceCamera.objects.exclude(test_image="")
    old = old.filter(tested_at__lt=clock.now() - KEPT_FOR)
    names = dict(old.values_list("pk", "test_image"))
    EvidenceCamera.objects.filter(pk__in=names).update(test_image="")
    for name in names.values():
        photos.delete(name)
    return len(names)


def _store(camera: EvidenceCamera, image: bytes | None, problem: str) -> EvidenceCamera:
    before = camera.test_image
    camera.test_image = photos.store(image, clock.now(), FOLDER) if image else ""
    camera.test_asked_at, camera.tested_at, camera.problem = None, clock.now(), problem
    camera.save(update_fields=["test_image", "test_asked_at", "tested_at", "problem"])
    if before:
        transaction.on_commit(partial(photos.delete, before))
    return camera
