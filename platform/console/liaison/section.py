"""The liaison's own pages, and the liaisons' questions on the page of an incident."""

from ui.sections import Section

# No navigation: liaisons see these pages alone, and staff come from the page of an incident.
SECTION = Section(name="liaison", prefix="liaison/", urls="console.liaison.urls")
