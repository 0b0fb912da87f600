"""Navigation, badges and tiles derive from the sections and the user's permissions."""

from core.live import Topic
from ui.sections import (
    Badge,
    NavItem,
    Section,
    Tile,
    badge_counts,
    badge_topics,
    navigation,
    tiles,
    topic_names,
)

CAR, BILL = Topic("car", "a.view"), Topic("bill", "b.view")


def section(name: str, permission: str, group: str, *, topic: Topic, order: int) -> Section:
    badge = Badge(f"{name}-badge", permission, lambda site: len(name), topics=(topic,))
    item = NavItem(name, name.title(), "car", permission, group=group, badge=badge)
    tile = Tile(f"{name}.html", permission, lambda site: {}, order=order, topics=(topic,))
    return Section(name, f"{name}/", f"{name}.urls", navigation=(item,), tiles=(tile,))


CARS = section("cars", "a.view", "Gate", topic=CAR, order=20)
BILLS = section("bills", "b.view", "Money", topic=BILL, order=10)
LANES = section("lanes", "a.view", "Gate", topic=CAR, order=30)
SECTIONS = (CARS, BILLS, LANES)
ALL = frozenset({"a.view", "b.view"})


def test_items_are_grouped_in_the_order_of_the_sections():
    groups = navigation(SECTIONS, ALL, None)
    names = [(group, [item.url_name for item in items]) for group, items in groups]
    assert names == [("Gate", ["cars", "lanes"]), ("Money", ["bills"])]


def test_items_without_permission_and_empty_groups_are_left_out():
    ((group, items),) = navigation(SECTIONS, frozenset({"b.view"}), None)
    assert (group, [item.url_name for item in items]) == ("Money", ["bills"])


def test_badges_without_permission_are_not_counted():
    assert badge_counts(SECTIONS, None, frozenset({"a.view"})) == {
        "cars-badge": 4,
        "lanes-badge": 5,
    }


def test_the_topics_of_badges_are_named_once_each():
    assert badge_topics(SECTIONS, ALL) == ["car", "bill"]
    assert badge_topics(SECTIONS, frozenset({"b.view"})) == ["bill"]


def test_permitted_tiles_are_sorted_by_their_order():
    shown = tiles(SECTIONS, ALL)
    assert [tile.template for tile in shown] == ["bills.html", "cars.html", "lanes.html"]
    assert topic_names(shown) == ["bill", "car"]
    assert [tile.template for tile in tiles(SECTIONS, frozenset({"b.view"}))] == ["bills.html"]
