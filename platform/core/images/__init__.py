"""Decode photos of unknown origin at a bounded cost: checks first, then a process of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.images.decoder import Decoder
from core.images.structure import ImageInfo, ImageRejected, check_cost, inspect

__all__ = [
    "DECODER",
    "Decoder",
    "ImageInfo",
    "ImageRejected",
    "Limits",
    "Pixels",
    "decode_pixels",
    "reencode_jpeg",
]

#: The decoder of this process.
DECODER = Decoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Which images are decoded.

    Attributes:
        formats: as Pillow names them.
        pixels: width times height.
        png_pixels: the same of a PNG, which can't be decoded at reduced scale.
        smallest_side: in pixels.
        longest_side: in pixels.
    """

    formats: Sequence[str]
    pixels: int
    png_pixels: int
    smallest_side: int
    longest_side: int

    def check(self, image: bytes) -> ImageInfo:
        """Check an image without decoding it.

        Raises:
            ImageRejected: its format, size or cost is beyond the limits.
        """
        info = inspect(image, self.formats)
        limit = self.png_pixels if info.format == "PNG" else self.pixels
        if info.pixels > limit:
            raise ImageRejected("too_large", f"has over {limit // 1_000_000} megapixels")
        size = f"{info.width} x {info.height} pixels"
        if max(info.width, info.height) > self.longest_side:
            raise ImageRejected("too_long", f"is {size}")
        if min(info.width, info.height) < self.smallest_side:
            raise ImageRejected("too_small", f"is only {size}")
        check_cost(info, len(image))
        return info


@dataclass(frozen=True, slots=True)
class Pixels:
    """Upright RGB pixels.

    Attributes:
        scale: pixels of the image as sent for one of these.
    """

    rgb: bytes
    width: int
    height: int
    scale: float


def decode_pixels(image: bytes, limits: Limits, *, reduce_above: int) -> Pixels:
    """Decode an image; a JPEG of more pixels than ``reduce_above`` at reduced scale.

    Raises:
        ImageRejected: it is beyond the limits, or cannot be decoded.
    """
    limits.check(image)
    header, rgb = DECODER.decode(image, formats=limits.formats, reduce_above=reduce_above)
    return Pixels(rgb, header["width"], header["height"], header["scale"])


def reencode_jpeg(image: bytes, limits: Limits, *, side: int, quality: int) -> bytes:
    """Return an upright JPEG of at most ``side`` pixels, without metadata.

    Raises:
        ImageRejected: it is beyond the limits, or cannot be decoded.
    """
    limits.check(image)
    return DECODER.decode(image, formats=limits.formats, jpeg_side=side, quality=quality)[1]
