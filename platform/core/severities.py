"""How severe something is: the severities of CAP, except the unknown one."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Severity(models.TextChoices):
    """How severe an incident is, or what a notification is about."""

    EXTREME = "extreme", _("extreme")
    SEVERE = "severe", _("severe")
    MODERATE = "moderate", _("moderate")
    MINOR = "minor", _("minor")


_RANKS: dict[str, int] = {code: -place for place, code in enumerate(Severity.values)}


def rank(severity: str) -> int:
    """Return a number that is greater the more severe something is.

    Raises:
        ValueError: there is no such severity.
    """
    if severity not in _RANKS:
        raise ValueError(f"{severity!r} is no severity")
    return _RANKS[severity]
