"""What a resident has asked for, and what waits for the owner's approval."""

from ui.sections import Section

SECTION = Section(name="requests", prefix="requests/", urls="portal.requests.urls")
