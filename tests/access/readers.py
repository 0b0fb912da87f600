"""A plate reader whose answer is known beforehand; the real one is specified under devices."""

from devices.vision.plates import Box, PlateCandidate

JPEG = b"\xff\xd8\xff\xe0 a photograph \xff\xd9"


class Reading:
    """Finds one text in every photo, or none, or breaks over it."""

    def __init__(self, text="", confidence=0.0, format_name="cn", error=None):
        found = PlateCandidate(text, text, confidence, Box(10, 20, 30, 8), "CN", format_name)
        self.found = [found] if text else []
        self.error = error

    def read(self, image):
        assert image == JPEG
        if self.error:
            raise self.error
        return self.found
