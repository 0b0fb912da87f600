"""A populated site, and a signed-in browser for each role."""

import pytest
from django.test import Client

from core.permissions import StandardRole
from tests.browsers import hire, signed_in
from tests.rooms import World


@pytest.fixture
def manager(here: World) -> Client:
    """The browser of the site's manager."""
    return signed_in(hire(here.site, StandardRole.MANAGER))


@pytest.fixture
def guard(here: World) -> Client:
    """The browser of one of the site's guards."""
    return signed_in(hire(here.site, StandardRole.GUARD))


@pytest.fixture
def technician(here: World) -> Client:
    """The browser of the site's technician."""
    return signed_in(hire(here.site, StandardRole.TECHNICIAN))


@pytest.fixture
def finance(here: World) -> Client:
    """The browser of the site's accountant."""
    return signed_in(hire(here.site, StandardRole.FINANCE))
