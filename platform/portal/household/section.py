"""The members of a household and what each may do."""

from ui.sections import Section

SECTION = Section(name="household", prefix="household/", urls="portal.household.urls")
