"""What stands in the cells of a list's rows, where no template is needed.

A cell is a function of the row and of the page that shows it. A list has hundreds of cells, and a
template costs ten times as much as a function: lists that grow for years render theirs by these.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from core.permissions import SitePermission
from ui.pages import Text
from ui.templatetags.gatehouse import icon, moment

# A primary key that occurs in no address.
_ANY = 987_654_321_123_456_789


@dataclass
class RowPage:
    """What the cells of one page have in common.

    Attributes:
        slug: of the site.
        permissions: what the person may do there.
        user: who looks at it.
    """

    slug: str
    permissions: frozenset[str]
    user: Any = None
    _addresses: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)

    def address(self, url_name: str, pk: int) -> str:
        """Return the address of a row's page or dialog.

        Args:
            url_name: takes the site's slug and a primary key.
        """
        if url_name not in self._addresses:
            before, _pk, after = reverse(url_name, args=[self.slug, _ANY]).partition(str(_ANY))
            self._addresses[url_name] = (before, after)
        before, after = self._addresses[url_name]
        return f"{before}{pk}{after}"

    def list_address(self, url_name: str) -> str:
        """Return the address of a list; ``url_name`` takes the site's slug."""
        if url_name not in self._addresses:
            self._addresses[url_name] = (reverse(url_name, args=[self.slug]), "")
        return self._addresses[url_name][0]


Cell = Callable[[Any, RowPage], object]


def shows(value: Callable[[Any], object]) -> Cell:
    """Return a cell with a value of the row; nothing where that is None."""

    def cell(row: Any, _page: RowPage) -> object:
        found = value(row)
        return "" if found is None else found

    return cell


def shows_moment(value: Callable[[Any], Any], how: str = "date") -> Cell:
    """Return a cell with an instant, see `ui.templatetags.gatehouse.moment`."""
    return lambda row, _page: moment(value(row), how)


def link(address: str, content: object, look: str = "") -> SafeString:
    """Return a link; the content is escaped unless it is safe."""
    return format_html('<a class="{}" href="{}">{}</a>', look, address, content)


def state(label: object, tone: str = "") -> SafeString:
    """Return a state as a coloured label: ``go``, ``wait``, ``stop`` or none."""
    return format_html('<span class="state {}">{}</span>', tone and f"state-{tone}", label)


def in_two_lines(content: object, more: object) -> SafeString:
    """Return a content with a smaller line below it, where there is one."""
    if not more:
        return format_html("<span>{}</span>", content)
    text = '<span>{}<br><span class="small muted">{}</span></span>'
    return format_html(text, content, more)


def dialog_button(address: str, label: Text, look: str = "btn-quiet") -> SafeString:
    """Return a small button that opens a dialog."""
    return format_html(
        '<button class="btn {} btn-small" type="button" hx-get="{}" hx-target="#sheet-in">'
        "{}</button> ",
        look,
        address,
        label,
    )


def history_of(page: RowPage, kind: str, pk: int) -> str:
    """Return the small link to the history of a row; empty for who may not see the audit log.

    Args:
        kind, pk: the row as the audit log's subject.
    """
    if SitePermission.VIEW_AUDIT not in page.permissions:
        return ""
    address = page.list_address("console:audit_log")
    return history_link(f"{address}?kind={kind}&subject={pk}")


def history_link(address: str) -> SafeString:
    """Return the small link to the history of a row."""
    label = gettext("History")
    return format_html(
        '<a class="btn btn-quiet btn-small btn-icon" href="{}" title="{}" aria-label="{}">{}</a>',
        address,
        label,
        label,
        icon("history"),
    )
