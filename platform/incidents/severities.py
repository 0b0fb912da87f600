"""The severities of incidents: CAP's, except the unknown one."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Severity(models.TextChoices):
    """How severe an incident is."""

    EXTREME = "extreme", _("extreme")
    SEVERE = "severe", _("severe")
    MODERATE = "moderate", _("moderate")
    MINOR = "minor", _("minor")
