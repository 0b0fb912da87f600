"""The money of a populated site: a stay that was paid in cash."""

from billing.models import Payment
from tests.factories import StayFactory
from tests.gate import staff
from tests.paying import take_cash
from tests.rooms import World


def pay_cash(world: World) -> Payment:
    """The payment of a stay that owed ten yuan."""
    return take_cash(StayFactory(lot=world.gate.lot, tariff=world.tariff), staff())


ROWS = {"payment": pay_cash}
