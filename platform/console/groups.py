"""The headings of the console's navigation."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

GATE = _("Gate")
WATCH = _("Security")
FIELD = pgettext_lazy("navigation", "Devices")
MONEY = _("Money")
SITE = _("Site")
INSTALLATION = _("Installation")
