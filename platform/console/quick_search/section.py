"""The search box: pages, actions and things of all areas."""

from ui.sections import Section

SECTION = Section(name="quick_search", prefix="find/", urls="console.quick_search.urls")
