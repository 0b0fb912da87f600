"""What an image file will cost to decode, from its structure alone.

A decoder's work is not bounded by the size of the file: each scan of a JPEG visits the whole
image, and a blank image compresses a thousandfold. Both are counted here without decoding.
"""

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

#: A progressive JPEG of the usual encoders has about 10 scans.
MAX_SCANS = 32
#: Pixels times scans: 40 megapixels in 12 scans.
MAX_SCANNED_PIXELS = 480_000_000
#: Segments of a JPEG, or chunks of a PNG; a large ICC profile has 255, a PNG of 15 MB about 2,000.
MAX_PARTS = 10_000
#: Decoded bytes for one byte of the file; a blank JPEG has 170, a photo fewer than 60.
MAX_RATIO = 400
#: An image that decodes to fewer bytes is harmless at any ratio.
HARMLESS_BYTES = 16_000_000
#: Bytes of compressed text and colour profiles in a PNG.
MAX_ANCILLARY = 1_000_000

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# A marker: not a stuffed byte, no restart marker inside a scan, no fill byte.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]", re.DOTALL)
_SOF = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_COMPRESSED_CHUNKS = frozenset({b"zTXt", b"iTXt", b"iCCP"})


class ImageRejected(Exception):  # noqa: N818 - an expected outcome, not a fault of the program
    """An image that is not decoded, or could not be.

    Attributes:
        code: ``not_an_image``, ``damaged``, ``too_large``, ``too_long``, ``too_small``,
            ``too_costly`` or ``timeout``.
        reason: for logs and reports, in English.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """The header of an image.

    Attributes:
        format: as Pillow names it: JPEG, PNG, WEBP or BMP.
        scans: passes over the whole image.
        channels: bytes for a decoded pixel.
    """

    format: str
    width: int
    height: int
    scans: int = 1
    channels: int = 3

    @property
    def pixels(self) -> int:
        return self.width * self.height


def inspect(data: bytes, formats: Sequence[str]) -> ImageInfo:
    """Return the header of an image of one of the formats.

    Raises:
        ImageRejected: it is none of the formats, or has too many parts.
    """
    name = next((name for name, matches in _SIGNATURES.items() if matches(data)), "")
    if name not in formats:
        raise _not_an_image()
    try:
        return _READERS[name](data)
    except (struct.error, IndexError):
        raise _not_an_image() from None


def check_cost(info: ImageInfo, size: int) -> None:
    """Check that an image of so many bytes can be decoded in a second or so.

    Raises:
        ImageRejected: it has too many scans, or too many pixels for its bytes.
    """
    if info.scans > MAX_SCANS or info.scans * info.pixels > MAX_SCANNED_PIXELS:
        raise _too_costly(f"has {info.scans} scans of {info.width} x {info.height} pixels")
    decoded = info.pixels * info.channels
    if decoded > HARMLESS_BYTES and decoded > MAX_RATIO * size:
        raise _too_costly(f"has {size} bytes for {info.width} x {info.height} pixels")


def _not_an_image() -> ImageRejected:
    return ImageRejected("not_an_image", "is not an image that can be read")


def _too_costly(reason: str) -> ImageRejected:
    return ImageRejected("too_costly", reason)


def _jpeg(data: bytes) -> ImageInfo:
    """Walk the segments up to the end of the image; entropy-coded data is skipped by a search."""
    width = height = scans = 0
    for number, (marker, start) in enumerate(_jpeg_markers(data)):
        if number >= MAX_PARTS:
            raise _too_costly(f"has over {MAX_PARTS} segments")
        if marker in _SOF:
            high, wide = struct.unpack_from(">HH", data, start + 3)
            width, height = max(width, wide), max(height, high)
        scans += marker == _SOS
    if not width or not height:
        raise _not_an_image()
    return ImageInfo("JPEG", width, height, max(scans, 1))


def _jpeg_markers(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield each marker with the place of its segment's length."""
    at = 2
    while found := _MARKER.search(data, at):
        marker, at = data[found.start() + 1], found.end()
        if marker == _EOI:
            return
        yield marker, at
        if marker not in (_SOI, _TEM) and at + 2 <= len(data):
            at += max(struct.unpack_from(">H", data, at)[0], 2)


def _png(data: bytes) -> ImageInfo:
    width, height, depth, colour, *_, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    ancillary = 0
    for number, (kind, length) in enumerate(_png_chunks(data)):
        if number >= MAX_PARTS:
            raise _too_costly(f"has over {MAX_PARTS} chunks")
        if kind in _COMPRESSED_CHUNKS:
            ancillary += length
    if ancillary > MAX_ANCILLARY:
        raise _too_costly(f"has {ancillary} bytes of texts and profiles")
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 4)
    channels = max(samples * depth // 8, 1)
    # An interlaced image is put together in seven passes, each over a part of it (PNG, 8.2).
    return ImageInfo("PNG", width, height, 2 if interlaced else 1, channels)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int]]:
    at = len(PNG_SIGNATURE)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, length
        at += length + 12


def _webp(data: bytes) -> ImageInfo:
    """Read the size from the first chunk (RFC 9649, 2.5 to 2.7)."""
    kind = data[12:16]
    if kind == b"VP8X":
        if data[20] & 0x02:
            raise _too_costly("is an animation")
        wide, high = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return ImageInfo("WEBP", wide, high, channels=4)
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return ImageInfo("WEBP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, channels=4)
    if kind == b"VP8 ":
        wide, high = struct.unpack_from("<HH", data, 26)
        return ImageInfo("WEBP", wide & 0x3FFF, high & 0x3FFF)
    raise _not_an_image()


def _bmp(data: bytes) -> ImageInfo:
    header = struct.unpack_from("<I", data, 14)[0]
    if header == 12:  # OS/2
        wide, high = struct.unpack_from("<HH", data, 18)
        return ImageInfo("BMP", wide, high)
    wide, high, _planes, _bits, compression = struct.unpack_from("<iiHHI", data, 18)
    if compression in (1, 2):  # run lengths, which Pillow decodes in Python
        raise _too_costly("is a run-length encoded BMP")
    return ImageInfo("BMP", abs(wide), abs(high))


_SIGNATURES: dict[str, Callable[[bytes], bool]] = {
    "JPEG": lambda data: data.startswith(b"\xff\xd8\xff"),
    "PNG": lambda data: data.startswith(PNG_SIGNATURE),
    "WEBP": lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP",
    "BMP": lambda data: data.startswith(b"BM"),
}
_READERS: dict[str, Callable[[bytes], ImageInfo]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WEBP": _webp,
    "BMP": _bmp,
}
