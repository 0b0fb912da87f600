"""The headings of the console's navigation."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

GATE = _("Gate")
WATCH = _("Watch")
FIELD = pgettext_lazy("navigation", "Field")
MONEY = _("Money")
