"""Bank statements: their lines, and what they are matched with."""

from django.utils.translation import gettext_lazy as _

from billing.bank.suggestions import open_lines
from billing.permissions import BillingPermission
from billing.topics import BANK
from console.groups import MONEY
from ui.sections import Action, Badge, NavItem, Section

SECTION = Section(
    name="bank",
    prefix="bank/",
    urls="console.bank.urls",
    help_template="console/bank/help.html",
    navigation=(
        NavItem(
            "bank",
            _("Bank statements"),
            "credit-card",
            BillingPermission.MATCH_BANK,
            group=MONEY,
            badge=Badge("bank_lines", BillingPermission.MATCH_BANK, open_lines, (BANK,)),
        ),
    ),
    actions=(
        Action(
            "import_statement",
            _("Import a bank statement"),
            "arrow-bar-up",
            BillingPermission.MATCH_BANK,
        ),
    ),
)
