"""Import what registers the kinds of runs of access, so that a worker knows them."""

from access import label_exports

__all__ = ["label_exports"]
