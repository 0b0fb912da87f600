"""Import what registers the kinds of runs of incidents, so that a worker knows them."""

from incidents.alarms import trials
from incidents.sealing import exporting

__all__ = ["exporting", "trials"]
