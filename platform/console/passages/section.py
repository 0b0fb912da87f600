"""Passages: reached from the lane board, so without navigation of their own."""

from ui.sections import Section

SECTION = Section(name="passages", prefix="passages/", urls="console.passages.urls")
