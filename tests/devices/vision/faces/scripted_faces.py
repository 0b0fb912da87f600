"""A process with an engine that finds on a photo what the colour of its first pixel says."""

import math
import os
import signal
import sys

from devices.vision.faces import engines, quality
from devices.vision.faces.contract import Quality
from devices.vision.faces.face_process import main
from tests.devices.vision.faces.heads import face

PROGRAM = __name__
#: By the value of blue: what becomes of the process.
HANG, CRASH, FAIL = 250, 251, 252


class Scripted:
    """Takes the value of blue for the person, and that of green for the number of faces."""

    format, threshold, least_eyes_px = "scripted-1", 0.5, quality.LEAST_EYES_PX

    def detect(self, photo):
        blue, green, _red = (int(each) for each in photo[0, 0])
        if blue == HANG:
            signal.pause()
        if blue == CRASH:
            os._exit(3)
        if blue == FAIL:
            raise ZeroDivisionError
        return [face(eyes_px=20, centre=(32, 32))] * round(green / 50)

    def quality(self, photo, faces):
        if len(faces) != 1:
            return quality.judge(photo, faces)
        return Quality((), score=float(photo[0, 0][2]))

    def embed(self, photo, face):
        return (float(photo[0, 0][0]),) * 2

    def compare(self, one, other):
        return math.dist(one, other)


if __name__ == "__main__":
    if sys.argv[1] == "scripted":
        engines.load = lambda _name: Scripted()
    main(sys.argv[1])
