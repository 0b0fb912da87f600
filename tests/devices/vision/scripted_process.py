"""A process that reads plates by an engine which does what a photo's bytes say."""

import os
import signal
import sys

from devices.vision.photo import open_photo
from devices.vision.plates import ENGINES, Box, PlateCandidate, UnreadableImage
from devices.vision.reading_process import main
from devices.vision.region import WHOLE

PROGRAM = __name__
#: More than the limit of any test.
SWOLLEN = 400 * 1024 * 1024


class Hostile:
    """Runs a command where it is unpickled without care."""

    def __reduce__(self):
        return os.getpid, ()


class Scripted:
    """Reads the photo's bytes as a plate, unless they are those of a deed."""

    def __init__(self, *, countries=(), **_options):
        self._countries = countries

    def read(self, image, countries=(), region=WHOLE, *, prefix=""):
        deed = getattr(self, f"_{image.decode()}", None)
        if deed is not None:
            return deed()
        return [self._found(prefix + image.decode(), tuple(countries) or self._countries)]

    def read_frames(self, images, countries=(), region=WHOLE):
        return [each for image in images for each in self.read(image, countries, region)]

    def _found(self, text, countries):
        return PlateCandidate(text, text, 0.99, Box(10, 20, 30, 8), countries, "cn")

    def _hang(self):
        signal.pause()

    def _crash(self):
        os._exit(3)

    def _swell(self):
        held = b"x" * SWOLLEN
        signal.pause()
        return held

    def _run_out(self):
        raise MemoryError

    def _divide(self):
        return 1 / 0

    def _refuse(self):
        raise UnreadableImage("is a drawing", "send a photo")

    def _print(self):
        os.write(1, b"a library's greeting\n")
        return [self._found("PRINTED", self._countries)]

    def _attack(self):
        return Hostile()


class Opening:
    """Finds nothing on any photo that can be opened."""

    def __init__(self, **_options):
        pass

    def read(self, image, countries=(), region=WHOLE):
        open_photo(image)
        return []


class Alone(Opening):
    """Lacks its second engine."""

    second_problem = "signs.txt is missing"


class Missing:
    """Lacks its networks."""

    def __init__(self, **_options):
        pass

    def load(self):
        raise FileNotFoundError("plates.onnx is not installed")


class Sometimes(Missing):
    """Lacks its networks until a file has come."""

    def load(self):
        if not os.path.exists(os.environ["TEST_NETWORKS"]):
            super().load()

    def read(self, image, countries=(), region=WHOLE):
        return []


if __name__ == "__main__":
    for engine in (Scripted, Opening, Alone, Missing, Sometimes):
        ENGINES[engine.__name__.lower()] = (__name__, engine.__name__)
    main(*sys.argv[1:])
