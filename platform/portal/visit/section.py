"""The page of a visitor's pass, which needs no account."""

from ui.sections import Section

SECTION = Section(name="visit", prefix="v/", urls="portal.visit.urls")
