"""The accounts of payers: what they owe, have paid and have left."""

from ui.sections import Section

SECTION = Section(
    name="payers",
    prefix="payers/",
    urls="console.payers.urls",
    navigation=(),
)
