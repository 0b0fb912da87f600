"""The money of a populated site: a stay that was paid in cash, and one that was paid twice."""

from billing.models import Payment, Refund
from billing.services import request_refund
from tests.factories import StayFactory
from tests.gate import staff
from tests.paying import pay, record_cash_payment
from tests.rooms import World


def pay_cash(world: World) -> Payment:
    """The payment of a stay that owed ten yuan."""
    return record_cash_payment(StayFactory(lot=world.gate.lot, tariff=world.tariff), staff())


def request_second_back(world: World) -> Refund:
    """The refund of a second payment for one stay, which waits for approval."""
    stay = StayFactory(lot=world.gate.lot, tariff=world.tariff)
    pay(stay, 1000)
    return request_refund(pay(stay, 1000), staff(), amount=1000, reason="paid twice")


ROWS = {"payment": pay_cash, "refund": request_second_back}
