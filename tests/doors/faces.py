"""Faces to test with: an engine that reads who it is from a photo's colour, and people enrolled."""

import io
import math
from dataclasses import dataclass, field

from PIL import Image

from core import clock
from devices.vision.faces.contract import Analysis, Flaw, Quality
from devices.vision.faces.isolated import EngineUnavailable
from devices.vision.plates import UnreadableImage
from doors.faces import enrolment
from doors.models.faces import PURPOSE
from people.consents import record_statement
from people.models import Person

JPEG = b"\xff\xd8 a face"


def frame(person: int, faces: int = 1) -> bytes:
    """A photo of some faces of a person, from 0 to 255, as one colour."""
    made = io.BytesIO()
    Image.new("RGB", (64, 64), (person, faces, 0)).save(made, "PNG")
    return made.getvalue()


@dataclass
class ColourEngine:
    """Takes the colour of a photo for the person: neighbouring colours look alike."""

    format: str = "colour-1"
    threshold: float = 0.5
    is_absent: bool = False
    seen: list[int] = field(default_factory=list)

    def analyse(self, image, *, with_template=True):
        return self.best_of([image])

    def best_of(self, images, *, with_photo=False):
        if self.is_absent:
            raise EngineUnavailable("there is none")
        try:
            pixel = Image.open(io.BytesIO(images[-1])).convert("RGB").getpixel((0, 0))
        except OSError:
            raise UnreadableImage("is no image", "send one") from None
        person, faces, _blue = pixel
        self.seen.append(person)
        if faces != 1:
            return Analysis(Quality((Flaw.SEVERAL_FACES if faces else Flaw.NO_FACE,)))
        return Analysis(Quality(()), template_of(person), JPEG if with_photo else b"")


def template_of(person: int) -> tuple[float, ...]:
    """A place on a circle of radius 1: colours four apart are 0.1 apart."""
    angle = person * 0.025
    return (math.cos(angle), math.sin(angle))


def consent(person: Person, *purposes: str, state: str = "given", **more: str) -> None:
    """The person agrees to the face at doors, or to the purposes."""
    for purpose in purposes or (PURPOSE,):
        record_statement(
            person, "test", purpose=purpose, state=state, at=clock.now(), channel="paper", **more
        )


def enrolled(person: Person, colour: int = 10) -> Person:
    """The person agrees and is enrolled by a photo."""
    consent(person)
    enrolment.enrol(person, "test", [frame(colour)], channel="desk")
    return person


def key_files(home) -> list[str]:
    """The files of the key store in a home."""
    return sorted(each.name for each in (home / "face-keys").glob("*.key"))
