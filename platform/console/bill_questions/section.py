"""Questions of payers about their bills."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.models import BillQuestion
from billing.permissions import BillingPermission
from billing.topics import BILL_QUESTION
from console.groups import MONEY
from core.models import Site
from ui.sections import Badge, NavItem, Section


def unanswered(site: Site) -> QuerySet[BillQuestion]:
    """Return the questions that wait for an answer."""
    return BillQuestion.objects.filter(bill__site=site, answered_at=None)


SECTION = Section(
    name="bill_questions",
    prefix="bill-questions/",
    urls="console.bill_questions.urls",
    navigation=(
        NavItem(
            "bill_questions",
            _("Questions about bills"),
            "help-circle",
            BillingPermission.ANSWER_QUESTIONS,
            group=MONEY,
            badge=Badge(
                "bill_questions",
                BillingPermission.ANSWER_QUESTIONS,
                unanswered,
                topics=(BILL_QUESTION,),
            ),
        ),
    ),
    help_template="console/bill_questions/help.html",
)
