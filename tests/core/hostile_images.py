"""Image files that are small, and costly to decode."""

import re
import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def noisy(width: int, height: int) -> Image.Image:
    """Return an image that compresses as badly as a photo."""
    coarse = np.random.default_rng(7).integers(0, 255, (height // 8, width // 8, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height))


def jpeg_with_scans(scans: int, width: int = 2400, height: int = 1600) -> bytes:
    """Return a progressive JPEG whose last scan is repeated."""
    plain = encoded(Image.new("RGB", (width, height), "#567"), "JPEG", progressive=True)
    starts = [found.start() for found in re.finditer(rb"\xff\xda", plain)]
    last = plain[starts[-1] : -2]
    return plain[:-2] + last * (scans - len(starts)) + b"\xff\xd9"


def jpeg_with_segments(segments: int) -> bytes:
    plain = encoded(noisy(320, 240), "JPEG")
    return plain[:2] + b"\xff\xfe\x00\x02" * segments + plain[2:]


def png_chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def png(width: int, height: int, *more: bytes, depth: int = 8, interlaced: bool = False) -> bytes:
    """Return a blank colour PNG, interlaced on request, with more chunks before its pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, int(interlaced))
    row = 1 + width * 3 * depth // 8
    pixels = zlib.compress(b"\0" * (row * height + 8 * height), 9)
    chunks = [
        png_chunk(b"IHDR", header),
        *more,
        png_chunk(b"IDAT", pixels),
        png_chunk(b"IEND", b""),
    ]
    return PNG_SIGNATURE + b"".join(chunks)


def png_that_claims(width: int, height: int) -> bytes:
    """Return a PNG of that size by its header, with next to no pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")
    return PNG_SIGNATURE + b"".join(png_chunk(kind, data) for kind, data in chunks)


def text_bomb(size: int) -> bytes:
    """Return a chunk of compressed text that grows a thousandfold."""
    return png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * size, 9))


def animated_webp() -> bytes:
    frames = [noisy(320, 240).rotate(angle) for angle in (0, 90)]
    return encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])


def run_length_bmp() -> bytes:
    plain = bytearray(encoded(Image.new("P", (320, 240)), "BMP"))
    plain[30:34] = struct.pack("<I", 1)
    return bytes(plain)
