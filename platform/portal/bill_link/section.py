"""One bill by a signed link, without signing in: its lines, and paying it."""

from ui.sections import Section

SECTION = Section(name="bill_link", prefix="b/", urls="portal.bill_link.urls")
