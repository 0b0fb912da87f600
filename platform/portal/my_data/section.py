"""What is held of a resident: profile, export, erasure."""

from ui.sections import Section

SECTION = Section(name="my_data", prefix="my-data/", urls="portal.my_data.urls")
