"""Import what registers the kinds of runs of the whole product, so that a worker finds them."""

from config import demo_site

__all__ = ["demo_site"]
