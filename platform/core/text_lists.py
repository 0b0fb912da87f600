"""Lists inside sentences, as the reader's language writes them."""

from collections.abc import Iterable

from django.utils.translation import gettext


def joined(values: Iterable[object]) -> str:
    """Return values as a list in the reader's language: "a, b", or "a、b" in Chinese."""
    return gettext(", ").join(map(str, values))
