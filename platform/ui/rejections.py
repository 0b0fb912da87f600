"""Rejections as sentences: what is wrong, then what to do."""

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.errors import Rejection


def sentences(rejection: Rejection) -> str:
    """Join the clauses of a rejection into two sentences in the active language."""
    words = {"message": capfirst(rejection.message), "hint": capfirst(rejection.hint)}
    return _("%(message)s. %(hint)s.") % words
