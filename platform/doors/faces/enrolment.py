"""Enrol a person's face: by consent, with another way in, from photos that suffice."""

from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock, live
from core.errors import Rejection
from devices.vision.faces.contract import Analysis, Quality
from devices.vision.faces.isolated import EngineUnavailable
from devices.vision.plates import UnreadableImage
from doors.device_lists import planning
from doors.faces import filing, key_store, labels, other_means, removals, sealing
from doors.faces.engine import engine, problem, unavailable
from doors.faces.purposes import PHOTO
from doors.models import FacePhoto, FaceTemplate
from doors.models.faces import PURPOSE
from doors.topics import FACE
from estate.services.common import Actor
from people.consents import has_consented
from people.models import Person

#: Frames of one enrolment, of which the best is kept.
MOST_FRAMES = 5
#: Of a frame; a phone's frame has about 200 kB.
MOST_BYTES = 8 * 1024 * 1024
_PHOTO = "photo"


def judge(frame: bytes) -> Quality:
    """Judge a frame for the hints while a person looks into the camera; nothing is stored.

    Raises:
        Rejection: it is no image, or the engine does not answer.
    """
    _require_size([frame])
    return _analysed(lambda: engine().analyse(frame, with_template=False)).quality


def enrol(person: Person, actor: Actor, frames: Sequence[bytes], *, channel: str) -> FaceTemplate:
    """Enrol a person by the best of several frames; an earlier template is replaced.

    Args:
        channel: where the frames were taken: ``portal`` or ``desk``.

    Raises:
        Rejection: without consent, without another way in, beyond the limit of the filing, or
            where no frame suffices; the text says why and how to do better.
    """
    require_ready(person)
    _require_size(frames)
    keeps_photo = other_means.takes_photos(person) or has_consented(person, PHOTO)
    found = _analysed(lambda: engine().best_of(frames, with_photo=keeps_photo))
    if found.template is None:
        raise labels.rejection_of(found.quality.flaws[0])
    key_id, key = key_store.create()
    try:
        return _store(person, actor, found, (key_id, key), channel)
    except BaseException:
        key_store.destroy(key_id)
        raise


def require_ready(person: Person) -> None:
    """Validate what must be so before a face is enrolled.

    Raises:
        Rejection: see `enrol`.
    """
    if not has_consented(person, PURPOSE):
        raise no_consent()
    require_possible(person)


def require_possible(person: Person) -> None:
    """Validate that a person can be enrolled, apart from the consent: ask for none in vain.

    Raises:
        Rejection: without the engine, without another way in, or beyond the limit of the filing.
    """
    if problem() is not None:
        raise unavailable()
    other_means.require_other_means(person)
    if not FaceTemplate.objects.filter(person=person).exists():
        filing.require_room(person.site)


def no_consent() -> Rejection:
    """Return the rejection of a face without consent."""
    return Rejection(
        "person",
        "no_consent",
        _("there is no consent to this"),
        _("read what it means, and agree first"),
    )


@transaction.atomic
def _store(
    person: Person, actor: Actor, found: Analysis, key: tuple[str, bytes], channel: str
) -> FaceTemplate:
    # Rows of devices' lists refer to the person, and may be written meanwhile.
    Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    if not has_consented(person, PURPOSE):  # it may have been withdrawn meanwhile
        raise no_consent()
    assert found.template is not None  # noqa: S101 - the caller has checked it
    name = actor if isinstance(actor, str) else actor.get_username()
    owner = {"person": person.pk, "site": person.site_id}
    data = sealing.packed(found.template)
    values = {
        "format": engine().format,
        "version": sealing.VERSION,
        "key_id": key[0],
        "sealed": sealing.seal(key[1], data, purpose=PURPOSE, **owner),
        "enrolled_at": clock.now(),
        "enrolled_by": name,
    }
    template, is_new = FaceTemplate.objects.update_or_create(
        person=person, site=person.site, purpose=PURPOSE, defaults=values
    )
    _store_photo(person, found.face_jpeg, key, owner)
    action = "enrol face" if is_new else "enrol face again"
    audit.record(person.site, actor, action, ("person", person.pk), channel=channel)
    live.announce(FACE, person.site_id, template.pk)
    planning.refresh_people(person.site_id, [person.pk])
    transaction.on_commit(removals.destroy_keys)
    return template


def _store_photo(
    person: Person, jpeg: bytes, key: tuple[str, bytes], owner: dict[str, int]
) -> None:
    """Store the photo for terminals in place of an earlier one, whose key is destroyed."""
    FacePhoto.objects.filter(person=person).delete()
    if jpeg:
        FacePhoto.objects.create(
            person=person,
            site=person.site,
            version=sealing.VERSION,
            key_id=key[0],
            sealed=sealing.seal(key[1], jpeg, purpose=_photo_purpose(), **owner),
            taken_at=clock.now(),
        )


def photo_of(photo: FacePhoto) -> bytes:
    """Return the JPEG of a stored photo.

    Raises:
        KeyMissing: its key was destroyed.
        Unreadable: the row is another person's.
    """
    return sealing.unseal(
        photo.key_id,
        photo.sealed,
        person=photo.person_id,
        site=photo.site_id,
        purpose=_photo_purpose(),
        version=photo.version,
    )


def _photo_purpose() -> str:
    return f"{PURPOSE}/{_PHOTO}"


def _require_size(frames: Sequence[bytes]) -> None:
    if not frames or not all(frames):
        raise Rejection("photo", "missing", _("there is no photo"), _("take one, or choose a file"))
    if len(frames) > MOST_FRAMES or any(len(each) > MOST_BYTES for each in frames):
        raise too_large()


def too_large() -> Rejection:
    """Return the rejection of frames that are too many or too large."""
    return Rejection(
        "photo", "too_large", _("the photo is too large"), _("take it with the camera here")
    )


def _analysed(analyse: Callable[[], Analysis]) -> Analysis:
    """Return what the engine says, or the rejection of what it can't read."""
    try:
        return analyse()
    except UnreadableImage as error:
        raise Rejection(
            "photo",
            "not_an_image",
            _("this photo cannot be opened"),
            _("use a JPEG or PNG file, or take the photo again"),
        ) from error
    except EngineUnavailable as error:
        raise unavailable() from error
