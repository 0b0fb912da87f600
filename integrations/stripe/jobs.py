"""A scheduled job: whether the account at Stripe still works, for the health page."""

import logging

from core.errors import Rejection
from core.jobs import every
from integrations.stripe.account import api_key, try_account

logger = logging.getLogger(__name__)


@every(minutes=60)
def check_account() -> None:
    """Ask Stripe about the account, if there is one."""
    if not api_key():
        return
    try:
        try_account()
    except Rejection as rejection:
        logger.warning("the account at Stripe: %s", rejection)
