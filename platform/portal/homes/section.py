"""A resident's homes: what is due, who asks for access, invitations."""

from ui.sections import Section

SECTION = Section(name="homes", prefix="home/", urls="portal.homes.urls")
