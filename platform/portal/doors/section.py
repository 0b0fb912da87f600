"""The doors of a resident."""

from ui.sections import Section

SECTION = Section(name="doors", prefix="doors/", urls="portal.doors.urls")
