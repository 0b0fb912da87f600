"""Numbers of bills and credit notes have no gaps, also at once and where issuing fails."""

from functools import partial

import pytest
from django.db import IntegrityError

from billing.models import Bill, CreditNote
from billing.services import credit_bill
from core.errors import Rejection
from core.models import Site
from tests.at_once import at_once
from tests.billing.club_fees import bill_of, club_charge, register
from tests.factories import SiteFactory


def issue(site: Site, number: int) -> Bill | None:
    """Issue a bill; of each three, one charges the same cause, and fails but once."""
    name = "again" if number % 3 == 0 else f"charge-{number}"
    try:
        return bill_of(site, club_charge(name, 1000))
    except IntegrityError:
        return None


def numbers(rows) -> list[int]:
    return sorted(int(each.rsplit("-", 1)[1]) for each in rows.values_list("number", flat=True))


@pytest.mark.django_db(transaction=True)
def test_bills_and_credit_notes_that_are_issued_at_once_are_numbered_without_gaps() -> None:
    register()
    site, other = SiteFactory(), SiteFactory()
    done = at_once(*[partial(issue, site, number) for number in range(12)])
    issued = [each for each in done if isinstance(each, Bill)]
    assert len(issued) == 9
    assert numbers(Bill.objects.filter(site=site)) == list(range(1, 10))
    bill_of(other, club_charge("elsewhere", 1000))
    assert numbers(Bill.objects.filter(site=other)) == [1]
    notes = at_once(*[partial(credit_bill, bill, None, reason="x") for bill in issued * 2])
    assert sum(isinstance(each, Rejection) for each in notes) == len(issued)
    assert numbers(CreditNote.objects.filter(site=site)) == list(range(1, 10))
