"""The face of a resident at doors, by consent."""

from ui.sections import Section

SECTION = Section(name="faces", prefix="faces/", urls="portal.faces.urls")
