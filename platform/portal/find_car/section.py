"""Find a car by its plate."""

from ui.sections import Section

SECTION = Section(name="find_car", prefix="p/", urls="portal.find_car.urls")
