"""What changes money: checkouts, their settlement by the provider's word, and cash at the lane."""

from billing.services.cash import take_cash
from billing.services.checkout import ask_provider, begin_checkout, end_checkout
from billing.services.settlement import hear, settle

__all__ = ["ask_provider", "begin_checkout", "end_checkout", "hear", "settle", "take_cash"]
