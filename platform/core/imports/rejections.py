"""Reasons why a batch cannot be undone."""

from django.utils.translation import gettext as _

from core.errors import Rejection


def changed_since(name: str) -> Rejection:
    """Return the rejection for a thing that was changed since the import."""
    return Rejection(
        "batch",
        "changed_since",
        _("%(name)s was changed since the import") % {"name": name},
        _("correct it on its own page"),
    )


def in_use(name: str) -> Rejection:
    """Return the rejection for a thing on which something hangs."""
    return Rejection(
        "batch",
        "in_use",
        _("records made since belong to %(name)s") % {"name": name},
        _("end what is not needed on its own page"),
    )


def referred_to() -> Rejection:
    """Return the rejection for a batch of which other records refer to a part."""
    return Rejection(
        "batch",
        "in_use",
        _("records made since depend on what was imported"),
        _("end what is not needed on its own page"),
    )
