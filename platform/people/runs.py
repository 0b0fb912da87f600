"""Import what registers the kinds of runs of people, so that a worker finds them."""

from people import erasure, exports

__all__ = ["erasure", "exports"]
