"""The program of the process that decodes photos; it imports nothing of the project.

It reads requests on its standard input and writes the answers on its standard output: a line of
JSON, and as many bytes as its ``size`` says. A photo that breaks the decoder ends this
process only.
"""

import json
import resource
import sys
from io import BytesIO
from math import ceil
from typing import Any, BinaryIO

from PIL import Image

MAX_MEMORY = 1_500 * 1024 * 1024
ORIENTATION_TAG = 0x0112
#: EXIF 2.32, 4.6.4: what turns each stored orientation upright.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def main(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until the input ends."""
    # The size is checked before an image is decoded, with limits of its own.
    Image.MAX_IMAGE_PIXELS = None
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(kind, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    Image.preinit()
    _send(answers, {"ready": True})
    while line := requests.readline():
        request = json.loads(line)
        _limit_cpu(request["cpu_s"])
        _send(answers, *_answer(request, requests.read(request["size"])))


def _send(answers: BinaryIO, header: dict[str, Any], body: bytes = b"") -> None:
    answers.write(json.dumps({**header, "size": len(body)}).encode() + b"\n")
    answers.write(body)
    answers.flush()


def _limit_cpu(seconds: int) -> None:
    """Let the kernel end this process when the next request takes more seconds of a core."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _answer(request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        photo = Image.open(BytesIO(data), formats=request["formats"])
    except Exception:  # a decoder raises errors of any type on malicious input
        return {"error": "not_an_image"}, b""
    try:
        return _as_jpeg(photo, request) if "jpeg_side" in request else _as_pixels(photo, request)
    except Exception:  # as above
        return {"error": "damaged"}, b""


def _as_pixels(photo: Image.Image, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return upright RGB pixels, of a very large JPEG at reduced scale."""
    width = photo.width
    if photo.width * photo.height > request["reduce_above"]:
        photo.draft("RGB", (photo.width // 2, photo.height // 2))
    scale = width / photo.width
    upright = _upright(photo)
    header = {"width": upright.width, "height": upright.height, "scale": scale}
    return header, upright.tobytes()


def _as_jpeg(photo: Image.Image, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return an upright JPEG of limited size, without metadata."""
    side = request["jpeg_side"]
    photo.draft("RGB", (2 * side, 2 * side))
    upright = _upright(photo)
    upright.thumbnail((side, side))
    jpeg = BytesIO()
    # A new image, so that no metadata of the file is copied.
    plain = Image.frombytes("RGB", upright.size, upright.tobytes())
    plain.save(jpeg, "JPEG", quality=request["quality"])
    return {}, jpeg.getvalue()


def _upright(photo: Image.Image) -> Image.Image:
    # Before its EXIF block is read: for a PNG that loads the pixels too, once, and a second attempt
    # at damaged ones returns them black instead of failing.
    photo.load()
    orientation = _orientation(photo)
    pixels = photo.convert("RGB")
    return pixels.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else pixels


def _orientation(photo: Image.Image) -> int:
    """Return the EXIF orientation; 1 (upright) where the EXIF block is missing or broken."""
    try:
        return int(photo.getexif().get(ORIENTATION_TAG, 1))
    except Exception:  # a photo with a broken EXIF block is still readable
        return 1


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
