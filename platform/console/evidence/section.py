"""The evidence of an incident: shown on its page, handed out by links and sealed files."""

from ui.sections import Section

SECTION = Section(name="evidence", prefix="evidence/", urls="console.evidence.urls")
