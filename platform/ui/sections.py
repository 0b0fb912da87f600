"""What an area declares of itself, and the addresses and navigation that derive from it.

Each area of a web has a `section.py` with a `Section`. The web lists its sections in one tuple and
registers it when the app is ready, so that pages find their navigation without importing the areas.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.urls import URLPattern, URLResolver, include, path
from django.utils.functional import Promise

from core.counting import count_each
from core.live import Topic
from core.models import Site

Text = str | Promise


@dataclass(frozen=True)
class Badge:
    """A count of waiting work, beside a navigation item.

    Attributes:
        name: unique among the badges of a web.
        permission: who may see it.
        count: returns the number at a site, or the rows to count: one statement counts the rows
            of all badges.
        topics: the live topics that may change it.
    """

    name: str
    permission: str
    count: Callable[[Site], int | QuerySet[Any]]
    topics: tuple[Topic, ...]


@dataclass(frozen=True)
class NavItem:
    """A link in the navigation.

    Attributes:
        url_name: the name of its URL, which takes the site's slug; pages name it as ``here``.
        permission: who sees it; the page behind it asks for the same.
        group: the heading under which it stands.
        on_phone: whether it stands at the foot of a phone's screen, which has room for five.
        is_shown: whether it stands there at a site, beside the permission; None: always.
    """

    url_name: str
    label: Text
    icon: str
    permission: str
    group: Text
    badge: Badge | None = None
    on_phone: bool = False
    is_shown: Callable[[Site], bool] | None = None


@dataclass(frozen=True)
class Tile:
    """A card beside a site's map.

    Attributes:
        template: renders the card from ``context``, or an empty text.
        permission: who sees it.
        context: returns the template's context at a site.
        order: tiles of a lower order come first.
        topics: the live topics that change it.
    """

    template: str
    permission: str
    context: Callable[[Site], dict[str, Any]]
    order: int
    topics: tuple[Topic, ...]


@dataclass(frozen=True)
class Figure(Tile):
    """A card with figures on the overview and on its wall display.

    Attributes:
        name: unique among the figures of a web.
        wide: whether it takes the whole width, as a chart does.
    """

    name: str
    wide: bool = False


@dataclass(frozen=True)
class Hit:
    """One thing that a search has found.

    Attributes:
        title: what it is called.
        address: its page.
        detail: what tells it from others of that name.
        icon: the id of an icon.
        dialog: whether the address is a dialog's, which opens over the page.
    """

    title: Text
    address: str
    detail: Text = ""
    icon: str = ""
    dialog: bool = False


@dataclass(frozen=True)
class SearchProvider:
    """What the search box finds of one kind.

    Attributes:
        label: the heading of its hits.
        permission: who may find them.
        find: returns the best hits for a text at a site, the most recent first, at most so many.
    """

    label: Text
    permission: str
    find: Callable[[Site, str, int], list[Hit]]


@dataclass(frozen=True)
class Action:
    """Something to do that the search box offers, such as registering a device.

    Attributes:
        url_name: the name of the URL of its dialog, which takes the site's slug.
    """

    url_name: str
    label: Text
    icon: str
    permission: str


@dataclass(frozen=True)
class Start:
    """A page at which some people start their work.

    Attributes:
        url_name: the name of its URL, which takes the site's slug.
        permission: whoever holds it starts there, unless a start of a lower order fits too.
    """

    url_name: str
    permission: str
    order: int


@dataclass(frozen=True)
class Banner:
    """A line above the content of some pages or all, such as the way back to a checklist.

    Attributes:
        template: renders the line from ``context``.
        permission: who sees it.
        pages: the pages that show it, by the name that they are marked with in the navigation;
            None: all pages.
        context: returns the template's context at a site and page; None: there is nothing to show.
        rows: querysets of what it shows; of all banners they are counted in one statement, and
            without a row the context is empty. None: the context is always asked for.
    """

    template: str
    permission: str
    pages: frozenset[str] | None
    context: Callable[[Site, str], dict[str, Any] | None]
    rows: Callable[[Site], tuple[QuerySet[Any], ...]] | None = None


@dataclass(frozen=True)
class Section:
    """One area of a web.

    Attributes:
        name: the area's folder.
        prefix: where its addresses start below the site's, such as ``stays/``.
        urls: the dotted name of its URL module, imported when the addresses are built.
        help_template: what the key ``?`` shows on its pages: a few sentences, and keys of its own.
        start: who starts work here.
        banner: a line above some pages, also those of other areas.
    """

    name: str
    prefix: str
    urls: str
    navigation: tuple[NavItem, ...] = ()
    tiles: tuple[Tile, ...] = ()
    figures: tuple[Figure, ...] = ()
    search: tuple[SearchProvider, ...] = ()
    actions: tuple[Action, ...] = ()
    start: Start | None = None
    banner: Banner | None = None
    help_template: str = ""


_Card = TypeVar("_Card", bound=Tile)
_webs: dict[str, tuple[Section, ...]] = {}


def register(web: str, sections: tuple[Section, ...]) -> None:
    """Set the sections of a web, such as ``console``."""
    _webs[web] = sections


def sections_of(web: str) -> tuple[Section, ...]:
    """Return the registered sections of a web."""
    return _webs[web]


def site_urls(sections: Iterable[Section]) -> list[URLPattern | URLResolver]:
    """Return the URL patterns of the sections, each below its prefix."""
    return [path(section.prefix, include(section.urls)) for section in sections]


def navigation(
    sections: Iterable[Section], permissions: frozenset[str], site: Site
) -> list[tuple[Text, list[NavItem]]]:
    """Return the items that the navigation shows, by group, in the order of the sections."""
    groups: dict[str, tuple[Text, list[NavItem]]] = {}
    for item in _items(sections):
        if item.permission in permissions and (item.is_shown is None or item.is_shown(site)):
            groups.setdefault(str(item.group), (item.group, []))[1].append(item)
    return list(groups.values())


def badge_counts(
    sections: Iterable[Section],
    site: Site,
    permissions: frozenset[str],
    own: Mapping[str, QuerySet[Any]] | None = None,
) -> dict[str, int]:
    """Return the counts of the permitted badges by name.

    Args:
        own: rows of the person to count in the same statement, by the names of their badges.
    """
    found = {badge.name: badge.count(site) for badge in _badges(sections, permissions)}
    rows = {name: each for name, each in found.items() if isinstance(each, QuerySet)}
    numbers = {name: each for name, each in found.items() if isinstance(each, int)}
    return {**numbers, **count_each({**rows, **(own or {})})}


def badge_topics(sections: Iterable[Section], permissions: frozenset[str]) -> list[str]:
    """Return the names of the live topics that may change the permitted badges."""
    return topic_names(_badges(sections, permissions))


def tiles(sections: Iterable[Section], permissions: frozenset[str]) -> list[Tile]:
    """Return the permitted tiles beside the map in their order."""
    return _in_order((tile for section in sections for tile in section.tiles), permissions)


def figures(sections: Iterable[Section], permissions: frozenset[str]) -> list[Figure]:
    """Return the permitted figures of the overview in their order."""
    return _in_order((each for section in sections for each in section.figures), permissions)


def search_providers(
    sections: Iterable[Section], permissions: frozenset[str]
) -> list[SearchProvider]:
    """Return the permitted search providers in the order of the sections."""
    found = (provider for section in sections for provider in section.search)
    return [provider for provider in found if provider.permission in permissions]


def actions(sections: Iterable[Section], permissions: frozenset[str]) -> list[Action]:
    """Return the permitted actions in the order of the sections."""
    found = (action for section in sections for action in section.actions)
    return [action for action in found if action.permission in permissions]


def start_page(sections: Iterable[Section], permissions: frozenset[str], otherwise: str) -> str:
    """Return the URL name of the page at which a person with these permissions starts."""
    starts = [
        each.start for each in sections if each.start and each.start.permission in permissions
    ]
    return min(starts, key=lambda start: start.order).url_name if starts else otherwise


def section_of_page(sections: Iterable[Section], url_name: str) -> Section | None:
    """Return the section whose navigation has that page."""
    return next((s for s in sections if any(i.url_name == url_name for i in s.navigation)), None)


def topic_names(parts: Iterable[Badge | Tile]) -> list[str]:
    """Return the names of the live topics that change any of these, each once."""
    return list(dict.fromkeys(topic.name for part in parts for topic in part.topics))


def _in_order(found: Iterable[_Card], permissions: frozenset[str]) -> list[_Card]:
    permitted = (each for each in found if each.permission in permissions)
    return sorted(permitted, key=lambda each: each.order)


def _items(sections: Iterable[Section]) -> list[NavItem]:
    return [item for section in sections for item in section.navigation]


def _badges(sections: Iterable[Section], permissions: frozenset[str]) -> list[Badge]:
    badges = (item.badge for item in _items(sections) if item.badge)
    return [badge for badge in badges if badge.permission in permissions]


def banners_of(
    sections: Iterable[Section], permissions: frozenset[str], site: Site, page: str
) -> list[tuple[str, dict[str, Any]]]:
    """Return the templates of the banners that a page shows, with their contexts."""
    declared = [section.banner for section in sections if section.banner is not None]
    shown = [
        each
        for each in declared
        if (each.pages is None or page in each.pages) and each.permission in permissions
    ]
    empty = _without_rows(shown, site)
    found = [
        (each.template, {} if each.template in empty else each.context(site, page))
        for each in shown
    ]
    return [(template, context) for template, context in found if context is not None]


def _without_rows(banners: Iterable[Banner], site: Site) -> set[str]:
    """Return the templates of the banners that have nothing to show."""
    rows = {
        (each.template, number): part[:1]
        for each in banners
        if each.rows is not None
        for number, part in enumerate(each.rows(site))
    }
    counts = count_each(rows)
    some = {template for (template, _number), count in counts.items() if count}
    return {template for template, _number in rows} - some
