"""How well the cameras read plates, over time; a tab of the devices."""

from ui.sections import Section

SECTION = Section(
    name="plate_accuracy", prefix="plate-accuracy/", urls="console.plate_accuracy.urls"
)
