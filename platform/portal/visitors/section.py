"""Visitors whom residents invite."""

from ui.sections import Section

SECTION = Section(name="visitors", prefix="visitors/", urls="portal.visitors.urls")
