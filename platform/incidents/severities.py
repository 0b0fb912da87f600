"""Severity, certainty and urgency of incidents: CAP's, except the unknown ones."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.severities import Severity as Severity


class Certainty(models.TextChoices):
    """How certain it is that an incident happened."""

    OBSERVED = "observed", _("observed")
    LIKELY = "likely", _("likely")
    POSSIBLE = "possible", _("possible")
    UNLIKELY = "unlikely", _("unlikely")


class Urgency(models.TextChoices):
    """How soon somebody has to respond."""

    IMMEDIATE = "immediate", _("immediate")
    EXPECTED = "expected", _("expected")
    FUTURE = "future", _("future")
    PAST = "past", _("past")


#: Severities from the least to the worst, to compare them by their index.
RANK: tuple[str, ...] = (
    Severity.MINOR.value,
    Severity.MODERATE.value,
    Severity.SEVERE.value,
    Severity.EXTREME.value,
)

#: Certainties from the least to the most, to compare them by their index.
CERTAINTIES: tuple[str, ...] = (
    Certainty.UNLIKELY.value,
    Certainty.POSSIBLE.value,
    Certainty.LIKELY.value,
    Certainty.OBSERVED.value,
)
