"""A populated site, and a signed-in browser for each role."""

import pytest
from django.test import Client

from core.permissions import StandardRole
from tests.console import world
from tests.console.world import World


@pytest.fixture
def here(db: None) -> World:
    """A populated site."""
    return world.build()


@pytest.fixture
def manager(here: World) -> Client:
    """The browser of the site's manager."""
    return world.signed_in(world.hire(here.site, StandardRole.MANAGER))


@pytest.fixture
def guard(here: World) -> Client:
    """The browser of one of the site's guards."""
    return world.signed_in(world.hire(here.site, StandardRole.GUARD))


@pytest.fixture
def technician(here: World) -> Client:
    """The browser of the site's technician."""
    return world.signed_in(world.hire(here.site, StandardRole.TECHNICIAN))


@pytest.fixture
def finance(here: World) -> Client:
    """The browser of the site's accountant."""
    return world.signed_in(world.hire(here.site, StandardRole.FINANCE))
