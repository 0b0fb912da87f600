"""The kinds of incidents at lanes and on roads (specification, incident map)."""

from django.utils.translation import gettext_lazy as _

from incidents.kinds import Category, Kind, register
from incidents.severities import Certainty, Severity, Urgency

PLATE_WATCHLIST = register(
    Kind(
        "plate_watchlist",
        _("watch-listed plate"),
        (Category.SECURITY,),
        Urgency.IMMEDIATE,
        Certainty.LIKELY,
        dispatchable=True,
        severity=Severity.SEVERE,
    )
)
# No check raises it by itself: an alarm rule does, about a lane or a sensor at a fire lane.
FIRE_LANE_OCCUPIED = register(
    Kind(
        "fire_lane_occupied",
        _("fire lane occupied"),
        (Category.FIRE, Category.SAFETY),
        Urgency.EXPECTED,
        Certainty.OBSERVED,
        dispatchable=True,
        severity=Severity.MODERATE,
        for_rules=True,
        reportable=True,
    )
)
# Dirt, a knock or a failing lamp: work on the camera, and no matter of tonight.
CAMERA_ACCURACY = register(
    Kind(
        "camera_accuracy",
        _("camera reads plates worse than before"),
        (Category.INFRA,),
        severity=Severity.MINOR,
        certainty=Certainty.LIKELY,
        of_devices=True,
        closes_itself=True,
    )
)
