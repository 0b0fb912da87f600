"""Billing runs."""

from django.utils.translation import gettext_lazy as _

from console.groups import MONEY
from fees.permissions import FeePermission
from fees.selectors import runs_to_check
from fees.topics import BILL_RUN
from ui.sections import Action, Badge, NavItem, Section

SECTION = Section(
    name="fee_runs",
    prefix="billing-runs/",
    urls="console.fee_runs.urls",
    help_template="console/fee_runs/help.html",
    navigation=(
        NavItem(
            "fee_runs",
            _("Billing runs"),
            "checklist",
            FeePermission.VIEW_FEES,
            group=MONEY,
            badge=Badge("fee_runs", FeePermission.CHARGE_FEES, runs_to_check, (BILL_RUN,)),
        ),
    ),
    actions=(
        Action("new_fee_run", _("Start a billing run"), "checklist", FeePermission.CHARGE_FEES),
    ),
)
