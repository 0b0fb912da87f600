"""A plate reader with a fixed result; the real one is tested under tests/devices."""

from devices.vision.plates import Box, PlateCandidate
from devices.vision.region import WHOLE, Region

JPEG = b"\xff\xd8\xff\xe0 a photograph \xff\xd9"


class Reading:
    """Finds the same text in every photo, finds none, or raises an error."""

    def __init__(self, text="", confidence=0.0, format_name="cn", error=None, raw_text=None):
        raw = text if raw_text is None else raw_text
        found = PlateCandidate(text, raw, confidence, Box(10, 20, 72, 24), ("CN",), format_name)
        self.found = [found] if text else []
        self.expected: list[tuple[str, ...]] = []
        self.regions: list[Region] = []
        self.error = error

    def read(self, image, countries=(), region=WHOLE):
        assert image == JPEG
        self.regions.append(region)
        self.expected.append(tuple(countries))
        if self.error:
            raise self.error
        return self.found

    def read_frames(self, images, *more):
        return self.read(images[0], *more)
