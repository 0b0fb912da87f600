"""Questions about bills: asked by payers, answered by staff."""

from django.db import transaction
from django.utils.translation import gettext as _

from billing import topics
from billing.models import Bill, BillLine, BillQuestion
from core import audit, clock, jobs, live, outbox
from core.errors import Rejection
from core.models import User
from core.rate_limits import Limit, count_attempt

ANSWER_MAIL = outbox.declare("bill_answer.mail")
MOST_CHARACTERS = 1000
OF_QUESTIONS = Limit("bill-questions", free=5, first_s=600, longest_s=7200, window_s=86_400)


@transaction.atomic
def ask_question(
    bill: Bill, *, text: str, line: BillLine | None = None, email: str = "", language: str = ""
) -> BillQuestion:
    """Store a question about a bill or one of its lines, and notify the staff's open pages.

    Args:
        text: up to `MOST_CHARACTERS`.
        line: one of the bill's; None for the whole bill.
        email: where the answer is sent; empty for none.
        language: of that mail, as a Django language code.

    Raises:
        Rejection: there is no text, or it is too long.
        TooManyAttempts: several questions about the bill were asked today.
    """
    text = text.strip()
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise Rejection(
            "text",
            "length",
            _("the question is missing or too long"),
            _("enter at most %(count)s characters") % {"count": MOST_CHARACTERS},
        )
    count_attempt((OF_QUESTIONS, bill.public_id))
    live.announce(topics.BILL_QUESTION, bill.site_id)
    return BillQuestion.objects.create(
        bill=bill, line=line, text=text, email=email, language=language, asked_at=clock.now()
    )


@transaction.atomic
def answer_question(question: BillQuestion, actor: User, *, answer: str) -> BillQuestion:
    """Answer a question; the payer reads it on the page of the bill, and by mail if wished.

    Raises:
        Rejection: there is no answer, or the question was answered meanwhile.
    """
    locked = BillQuestion.objects.select_for_update().get(pk=question.pk)
    if locked.answered_at is not None:
        hint = _("read the answer in the list")
        raise Rejection("answer", "answered", _("this question was answered already"), hint)
    if not answer.strip():
        raise Rejection("answer", "missing", _("the answer is missing"), _("enter an answer"))
    locked.answer, locked.answered_at, locked.answered_by = answer.strip(), clock.now(), actor
    locked.save()
    site = locked.bill.site
    audit.record(site, actor, "answer bill question", ("bill", locked.bill.public_id))
    live.announce(topics.BILL_QUESTION, site.pk)
    if locked.email:
        outbox.put(ANSWER_MAIL, f"bill-answer:{locked.pk}", {"question": locked.pk})
        jobs.enqueue("billing.jobs.send_outbox", key="billing.outbox", queue=jobs.BULK)
    return locked
