"""The meters of a resident's homes."""

from ui.sections import Section

SECTION = Section(name="meters", prefix="meters/", urls="portal.meters.urls")
