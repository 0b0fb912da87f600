"""Publish one photo from disk, as a camera at the lane would."""

import io
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .fleet import Fleet, Line, Manners
from .render import MAX_BYTES, encode
from .scenario import Address, Device
from .speech import Message, Read
from .units import Arm, OwnCamera, VzenithCamera

LARGEST_SIDE = 1920
CONNECT_PATIENCE_S = 5.0


class SnapshotError(Exception):
    """The photo could not be published; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply: the `command` received, and the seconds since the photo."""

    command: str
    seconds: float


def as_jpeg(path: Path, limit: int | None = MAX_BYTES) -> bytes:
    """Return the photo as JPEG, scaled down and re-encoded if it exceeds the limit.

    Args:
        path: any photo that Pillow reads.
        limit: bytes; None sends a JPEG as it is.

    Raises:
        SnapshotError: there is no photo at the path.
    """
    try:
        raw = path.read_bytes()
        with Image.open(io.BytesIO(raw)) as opened:
            upright = ImageOps.exif_transpose(opened)
            if opened.format == "JPEG" and (limit is None or len(raw) <= limit):
                return raw
            image = upright.convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise SnapshotError(f"{path}: no picture that can be read: {error}") from error
    image.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    data = encode(np.asarray(image), limit or 2**31)
    while limit is not None and len(data) > limit:
        image = image.resize((image.width * 3 // 4, image.height * 3 // 4))
        data = encode(np.asarray(image), limit)
    return data


def publish(
    address: Address,
    device: Device,
    site: str,
    read: Read,
    *,
    wait: float,
    arm: Device | None = None,
) -> Answer | None:
    """Publish one reading and wait for the open command; None if there is none.

    Args:
        address: of the broker.
        device: the camera.
        site: the site's slug, for cameras of our own protocol.
        read: the camera's reading.
        wait: seconds to wait for the command.
        arm: the barrier of the lane, if the camera does not drive it; it verifies the command.

    Raises:
        SnapshotError: the broker cannot be reached or rejects the camera.
    """
    data: list[Message] = []
    run = f"photo-{time.time_ns():x}"
    camera = _camera(device, run, data, site)
    barrier = Arm(arm, run, data.append, site) if arm is not None else None
    units = [unit for unit in (camera, barrier) if unit is not None]
    lines = [Line(address, unit.device, Manners(unit.listens), eager=True) for unit in units]
    fleet = Fleet(lines)
    try:
        _connect(fleet)
        began = time.monotonic()
        camera.publish(camera.report_car(datetime.now(UTC), read))
        return _await(fleet, data, (camera, barrier), began, wait)
    finally:
        fleet.close()


def _camera(device: Device, run: str, data: list[Message], site: str) -> VzenithCamera | OwnCamera:
    if device.driver == "vzenith-mqtt":
        return VzenithCamera(device, run, data.append)
    return OwnCamera(device, run, data.append, site)


def _connect(fleet: Fleet) -> None:
    deadline = time.monotonic() + CONNECT_PATIENCE_S
    while not fleet.ready:
        if fleet.problems:
            raise SnapshotError(min(fleet.problems))
        if time.monotonic() > deadline:
            raise SnapshotError("the broker does not answer")
        fleet.poll(0.05)


def _await(
    fleet: Fleet,
    data: list[Message],
    units: tuple[VzenithCamera | OwnCamera, Arm | None],
    began: float,
    wait: float,
) -> Answer | None:
    camera, barrier = units
    answer = None
    while answer is None and time.monotonic() - began < wait:
        fleet.publish(_drain(data))
        for received in fleet.poll(0.05):
            seconds, now = time.monotonic() - began, datetime.now(UTC)
            if barrier is not None and received.device == barrier.device.code:
                opened = barrier.execute(received.payload, now)
            elif isinstance(camera, VzenithCamera):
                opened = camera.execute(received.topic, received.payload, now) == "open"
            else:
                opened = False
            if opened:
                answer = Answer(received.payload.decode(errors="replace"), seconds)
    fleet.publish(_drain(data))
    return answer


def _drain(data: list[Message]) -> list[Message]:
    taken = data[:]
    data.clear()
    return taken
