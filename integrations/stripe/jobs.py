"""A scheduled job: whether the accounts at Stripe still work, for the health page."""

import logging

from billing.models import ProviderAccount
from core.errors import Rejection
from core.jobs import every
from core.models import Organisation
from integrations.stripe.account import NAME, api_key, try_account

logger = logging.getLogger(__name__)


@every(minutes=60)
def check_account() -> None:
    """Ask Stripe about each account in use, and about that of the environment."""
    in_use = ProviderAccount.objects.filter(provider=NAME, retired_at=None)
    owners: list[Organisation | None] = [
        each.organisation
        for each in in_use.exclude(organisation=None).select_related("organisation")
    ]
    for organisation in [None, *owners] if api_key() else owners:
        try:
            try_account(organisation)
        except Rejection as rejection:
            logger.warning("the account at Stripe of %s: %s", organisation or "all", rejection)
