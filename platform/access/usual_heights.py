"""How high the plates are in a camera's pictures, by the last cars that it let pass.

Where a car's own plate is muddy, the next car's may be read without doubt. It is farther, and much
lower in the picture than plates at the barrier are: `devices.vision.certainty` compares the two.
"""

from datetime import timedelta
from statistics import median

from access.models import Passage, PlateRead
from core import clock
from core.plates import fold

#: Of so many of the last cars, within this time; fewer than the least say nothing.
CARS, LEAST_CARS, PERIOD = 100, 20, timedelta(days=30)
_State = Passage.State
_LET_PASS = (_State.OPENING, _State.OPEN, _State.UNANSWERED, _State.PASSED)


def usual_height(lane_id: int, camera_id: int | None) -> float | None:
    """Return the median height of plates at a lane's camera, in pixels.

    Cars count that were let pass, by a rule or by a guard, with the plate that our reader had read.
    None where there are too few: where the camera is new, or reads plates itself.
    """
    cars = Passage.objects.filter(
        lane=lane_id,
        device=camera_id,
        state__in=_LET_PASS,
        at__gte=clock.now() - PERIOD,
    )
    folded = dict(cars.order_by("-at").values_list("pk", "folded")[:CARS])
    reads = PlateRead.objects.filter(
        passage__in=folded, source=PlateRead.Source.READER, box__isnull=False
    )
    heights = [
        box[3] - box[1]
        for car, text, box in reads.values_list("passage", "text", "box")
        if box and text and fold(text) == folded[car]
    ]
    return median(heights) if len(heights) >= LEAST_CARS else None
