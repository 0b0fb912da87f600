"""Nothing of another site is reached: no address, no field of a form, no live channel."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from console.consumers import SiteConsumer
from core.permissions import StandardRole
from portal.consumers import StayConsumer
from tests.browsers import hire, signed_in
from tests.forms import Field, fields_of
from tests.laws import with_query
from tests.rooms import World, addresses, makers
from tests.rotation import ROTATION

pytestmark = pytest.mark.django_db

ADDRESSES = addresses("console")
METHODS = ("get", "post")
TICKS = ("row",)  # the rows of a list that a bulk action changes
BULK = [name for name in ADDRESSES if name.startswith("bulk_")]
# Parts of a row of the world that forms refer to as well.
PARTS = ("gate.lot", "gate.entry", "gate.exit", "gate.entry.gate", "unit.building", "tariff.lot")


@pytest.fixture(scope="module")
def there(in_module: Callable) -> World:
    """Another populated site, whose rows have ids that no row of this site has."""

    def build() -> World:
        world = World.build()
        world.colleague = hire(world.site, StandardRole.SECURITY)
        return world

    return in_module(build)


@pytest.fixture(scope="module")
def by_role(shared_world: World, in_module: Callable) -> dict[StandardRole, Client]:
    """A signed-in browser of each role at this site."""
    return in_module(
        lambda: {role: signed_in(hire(shared_world.site, role)) for role in StandardRole}
    )


def rows_of(world: World) -> Iterator[Model]:
    """Yield the rows of the world and their parts."""
    for path in (*makers(), *PARTS):
        row = world.find(path)
        if isinstance(row, Model):
            yield row


def address(world: World, name: str) -> str:
    """The address of the world's own row."""
    needs = ADDRESSES[name]
    return with_query(world.url(name, *needs.arguments(world)), needs.query)


@pytest.mark.parametrize("name", ADDRESSES)
def test_no_role_of_one_site_finds_an_address_of_another(there, by_role, name):
    path, turn = address(there, name), list(ADDRESSES).index(name) + ROTATION
    # All roles are equally strangers there: each address is asked by two, who change by turns.
    for number, method in enumerate(METHODS):
        role, client = list(by_role.items())[(turn + 3 * number) % len(by_role)]
        assert getattr(client, method)(path).status_code == 404, (role, method)


@pytest.mark.parametrize("role", StandardRole)
def test_no_role_of_one_site_listens_to_another(here, there, role):
    client = signed_in(hire(here.site, role))
    assert admission_to(here, client) is not None
    assert admission_to(there, client) is None


def test_a_visitor_s_page_hears_of_its_own_stay_only(here, there):
    consumer = StayConsumer()
    consumer.scope = {"url_route": {"kwargs": {"public_id": here.stay.public_id}}}
    groups = consumer.admit().groups
    consumer.scope = {"url_route": {"kwargs": {"public_id": there.stay.public_id}}}
    assert groups.isdisjoint(consumer.admit().groups)


@pytest.mark.parametrize("name", [name for name, needs in ADDRESSES.items() if not needs.post_only])
def test_a_foreign_id_in_a_field_is_rejected(uncopied, there, by_role, name):
    client = by_role[StandardRole.MANAGER]
    path = address(uncopied, name)
    for form in fields_of(client.get(path)):
        if any(field.name == "sort" for field in form):
            continue  # the filters of a list narrow the site's own rows
        values = {field.name: field.value for field in form if field.value is not None}
        for field in (each for each in form if each.is_reference and each.name not in TICKS):
            for foreign in foreign_ids(there, field):
                answer = client.post(path, {**values, field.name: foreign})
                assert answer.status_code in (400, 404, 405, 422), (field.name, foreign)


@pytest.mark.parametrize("name", BULK)
def test_a_bulk_action_leaves_the_rows_of_another_site_as_they_are(uncopied, there, by_role, name):
    rows = list(rows_of(there))
    before = [stored(row) for row in rows]
    ticked = {name: [row.pk for row in rows] for name in TICKS}
    by_role[StandardRole.MANAGER].post(address(uncopied, name), ticked)
    assert [stored(row) for row in rows] == before


def stored(row: Model) -> dict[str, Any]:
    """The values of the row in the database."""
    return dict(type(row)._default_manager.filter(pk=row.pk).values().get())


def foreign_ids(there: World, field: Field) -> set[str]:
    """The ids of the other site's rows that the field could take for its own.

    They are those of the models that have all the rows it offers. Where no model has them, as
    with the days of a week, any one id stands for all.
    """
    offered = frozenset(int(choice) for choice in field.choices if choice.isdigit()) - {0}
    rows = [row for row in (*rows_of(there), there.colleague) if isinstance(row.pk, int)]
    models = models_with(offered, frozenset(type(row) for row in rows))
    ids = {str(row.pk) for row in rows if type(row) in models} - field.choices
    return ids or {str(max(row.pk for row in rows))}


@cache
def models_with(ids: frozenset[int], models: frozenset[type[Model]]) -> list[type[Model]]:
    """Those of the models that have a row with each of the ids."""
    found = (model._default_manager.filter(pk__in=ids).count() for model in models)
    return [model for model, count in zip(models, found, strict=True) if ids and count == len(ids)]


def admission_to(world: World, client: Client) -> Any:
    """What the live channel of the world's site grants the browser."""
    consumer = SiteConsumer()
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    consumer.scope = {"cookies": cookies, "url_route": {"kwargs": {"slug": world.site.slug}}}
    return consumer.admit()
