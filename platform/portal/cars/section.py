"""A resident's cars."""

from ui.sections import Section

SECTION = Section(name="cars", prefix="home/", urls="portal.cars.urls")
