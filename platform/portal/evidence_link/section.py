"""The evidence of an incident by a signed link, without signing in."""

from ui.sections import Section

SECTION = Section(name="evidence_link", prefix="e/", urls="portal.evidence_link.urls")
