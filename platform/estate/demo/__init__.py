"""The demo sites: a residential community, a logistics park, and an empty one.

The empty site shows what a new site begins with: its checklist, and lists that explain themselves.
"""

from estate.demo.sites import (
    COMMUNITY,
    EMPTY,
    PARK,
    RUN_KIND,
    SLUGS,
    create_sites,
    exists,
    loading_of,
    start_loading,
)

__all__ = [
    "COMMUNITY",
    "EMPTY",
    "PARK",
    "RUN_KIND",
    "SLUGS",
    "create_sites",
    "exists",
    "loading_of",
    "start_loading",
]
