"""What billing holds of a person: exported, and kept where the law asks for it."""

import pytest

from billing import holdings
from billing.models import Bill, FapiaoRequest
from billing.services import (
    credit_bill,
    issue_fapiao,
    request_fapiao,
    require_deposit,
    write_off_bill,
)
from core.holdings import Identity
from core.models import Site
from tests.billing.club_fees import bill_of, charges_of, club_charge, pay, register
from tests.factories import SiteFactory, UserFactory

EMAIL = "li.wei@example.com"


@pytest.fixture
def site(db: None) -> Site:
    register()
    return SiteFactory()


@pytest.fixture
def identity(site: Site) -> Identity:
    return Identity(site.pk, 42, emails=(EMAIL,))


def test_bills_credit_notes_deposits_and_fapiao_are_exported(
    site: Site, identity: Identity
) -> None:
    bill = bill_of(site, club_charge("a", 100))
    note = credit_bill(bill, UserFactory(), reason="wrong area")
    require_deposit(site, ("person", "42"), 500, purpose="renovation")
    request_fapiao(pay(site, 70), title="Li Wei", email=EMAIL)
    bill_of(site, club_charge("b", 100), payer=("person", "43"))
    found = dict(holdings.export(identity))
    assert [row["document"] for row in found["bills"]] == [bill.number]
    assert [row["document"] for row in found["credit notes"]] == [note.number]
    assert [row["purpose"] for row in found["deposits"]] == ["renovation"]
    assert [row["title"] for row in found["fapiao requests"]] == ["Li Wei"]


def test_erasure_keeps_accounting_records_and_removes_the_rest(
    site: Site, identity: Identity
) -> None:
    actor = UserFactory()
    bill = bill_of(site, club_charge("a", 100))
    request = write_off_bill(bill, actor, reason=f"wrote from {EMAIL}")
    issued = request_fapiao(pay(site, 100, *charges_of(bill)), title="Li Wei", email=EMAIL)
    issue_fapiao(issued, actor, "25310001")
    request_fapiao(pay(site, 70), title="Li Wei", email=EMAIL)
    erased = holdings.erase(identity)
    assert erased.kept == {"charges": 1, "bills": 1, "fapiao": 1}
    assert Bill.objects.get().payer_name == "Li Wei"
    titles = FapiaoRequest.objects.order_by("pk").values_list("title", "email")
    assert list(titles) == [("Li Wei", ""), ("–", "")]
    request.refresh_from_db()
    assert EMAIL not in request.reason
