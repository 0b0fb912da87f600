"""A resident's cars."""

from ui.sections import Section

SECTION = Section(name="cars", prefix="cars/", urls="portal.cars.urls")
