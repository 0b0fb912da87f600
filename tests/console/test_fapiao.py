"""The list of requests for a fapiao, and the dialogs that handle them."""

import pytest

from billing.services import request_fapiao
from billing.services.fapiao import require_red_fapiao
from tests.browsers import text

pytestmark = pytest.mark.django_db


def waiting(here, finance):
    return [row.pk for row in finance.get(here.url("fapiao")).context["rows"]]


def test_a_request_waits_until_its_number_is_entered(here, finance):
    request = here.fapiao_request
    assert waiting(here, finance) == [request.pk]
    shown = text(finance.get(here.url("fapiao")))
    assert "Harbour Freight" in shown
    assert here.url("issue_fapiao", request.pk) in shown
    assert finance.post(here.url("issue_fapiao", request.pk), {"number": ""}).status_code == 422
    answer = finance.post(here.url("issue_fapiao", request.pk), {"number": "2531 0001"})
    assert answer.status_code == 204
    assert finance.get(here.url("fapiao"), {"state": "waiting"}).context["rows"] == []
    found = finance.get(here.url("fapiao"), {"q": "25310001"}).context["rows"]
    assert [row.pk for row in found] == [request.pk]


def test_a_rejected_request_may_be_made_again(here, finance):
    request = here.fapiao_request
    reject = here.url("reject_fapiao", request.pk)
    assert finance.post(reject, {"reason": ""}).status_code == 422
    assert finance.post(reject, {"reason": "no such company"}).status_code == 204
    assert finance.post(reject, {"reason": "no such company"}).status_code == 422
    again = request_fapiao(here.payment, title="Harbour Freight Ltd")
    assert waiting(here, finance) == [again.pk]


def test_a_refund_after_the_fapiao_asks_for_the_red_letter_number(here, finance):
    request = here.fapiao_request
    finance.post(here.url("issue_fapiao", request.pk), {"number": "25310001"})
    require_red_fapiao(here.payment)
    assert waiting(here, finance) == [request.pk]
    assert (
        finance.post(here.url("record_red_fapiao", request.pk), {"number": "R1"}).status_code == 204
    )
    request.refresh_from_db()
    assert (request.state, request.red_number) == ("red_issued", "R1")
