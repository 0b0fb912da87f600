"""Severity and certainty of incidents: CAP's, except the unknown ones."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Severity(models.TextChoices):
    """How severe an incident is."""

    EXTREME = "extreme", _("extreme")
    SEVERE = "severe", _("severe")
    MODERATE = "moderate", _("moderate")
    MINOR = "minor", _("minor")


class Certainty(models.TextChoices):
    """How certain it is that an incident happened."""

    OBSERVED = "observed", _("observed")
    LIKELY = "likely", _("likely")
    POSSIBLE = "possible", _("possible")
    UNLIKELY = "unlikely", _("unlikely")
