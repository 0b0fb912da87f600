"""Import what registers the kinds of runs of the whole product, so that a worker finds them."""

from config import demo_site
from core.imports import applying, checking, retention, undoing

__all__ = ["applying", "checking", "demo_site", "retention", "undoing"]
