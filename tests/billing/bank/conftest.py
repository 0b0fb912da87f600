"""A site whose bank account has no lines yet."""

import pytest

from billing.models import BankAccount
from core.models import Site, User
from tests.billing.club_fees import register
from tests.factories import SiteFactory, UserFactory


@pytest.fixture
def site(db: None) -> Site:
    register()
    return SiteFactory()


@pytest.fixture
def actor(db: None) -> User:
    return UserFactory()


@pytest.fixture
def account(site: Site) -> BankAccount:
    return BankAccount.objects.create(site=site, name="Main")
