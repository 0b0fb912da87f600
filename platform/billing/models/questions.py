"""Questions of payers about a bill, with the answers of staff."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from billing.models.bills import Bill, BillLine


class BillQuestion(models.Model):
    """A question about a bill or one of its lines; who holds the bill's link reads the answer."""

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="questions")
    line = models.ForeignKey(BillLine, models.PROTECT, null=True, related_name="questions")
    text = models.CharField(max_length=1000)
    # Where the answer is sent; empty where the payer reads it on the page only.
    email = models.EmailField(blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=2000, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="")
                | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="bill_question_answered",
            )
        ]
        indexes = [
            models.Index(
                fields=["bill"], condition=Q(answered_at=None), name="bill_question_waiting"
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]
