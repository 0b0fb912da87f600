"""The questions of payers about bills, and answering them."""

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from billing.bill_details import title_of
from billing.models import BillQuestion
from billing.permissions import BillingPermission
from billing.services import answer_question
from console.bill_questions.forms import AnswerForm
from console.pages import render_page
from core.models import Site
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import posted
from ui.pages import SiteRequest, site_page
from ui.tables import paginate


@site_page(BillingPermission.ANSWER_QUESTIONS)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the questions, those that wait for an answer first."""
    rows = BillQuestion.objects.filter(bill__site=site)
    rows = rows.select_related("bill__unit", "line__charge", "answered_by")
    shown = paginate(request, rows.order_by(F("answered_at").desc(nulls_first=True), "-asked_at"))
    for question in shown:
        question.title = title_of(question.line) if question.line else ""
    return render_page(
        request, "console/bill_questions/list.html", {"page": shown}, here="bill_questions"
    )


@dialog_page(BillingPermission.ANSWER_QUESTIONS)
def answer(request: SiteRequest, site: Site, pk: int) -> Change:
    """Answer a question."""
    question = get_object_or_404(BillQuestion, pk=pk, bill__site=site)
    dialog = Dialog(
        title=_("Answer about bill %(number)s") % {"number": question.bill.number},
        lead=question.text,
        button=_("Send the answer"),
    )
    return Change(
        dialog,
        AnswerForm(posted(request)),
        lambda data: answer_question(question, request.user, **data),
        _("Answer sent."),
        ["live:bill_question"],
    )
