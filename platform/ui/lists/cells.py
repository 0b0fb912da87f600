"""What stands in the cells of a list's rows, where no template is needed.

A cell is a function of the row and of the page that shows it. A list has hundreds of cells, and a
template costs ten times as much as a function: lists that grow for years render theirs by these.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from html import escape
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from core.permissions import SitePermission
from ui.pages import Text
from ui.templatetags.gatehouse import icon, moment

# Characters of codes that stay on one line.
_SHORT = 20
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
    """Return a cell with a value of the row; nothing where that is None.

    A short code or a day, such as 3-0803 or 2026-11-30, does not break at its hyphens.
    """

    def cell(row: Any, _page: RowPage) -> object:
        found = value(row)
        if found is None:
            return ""
        return unbroken(found) if _is_short_code(found) else found

    return cell


def unbroken(content: object) -> SafeString:
    """Return a content that stands on one line."""
    return SafeString(f'<span class="text-nowrap">{escaped(content)}</span>')


def _is_short_code(content: object) -> bool:
    if isinstance(content, SafeString) or not isinstance(content, (str, date)):
        return False
    text = str(content)
    return "-" in text and len(text) <= _SHORT and " " not in text


def shows_moment(value: Callable[[Any], Any], how: str = "date") -> Cell:
    """Return a cell with an instant, see `ui.templatetags.gatehouse.moment`."""
    return lambda row, _page: moment(value(row), how)


def escaped(content: object) -> SafeString:
    """Return a content escaped, unless it is safe already.

    The functions below escape their parts by it: `format_html` takes three times as long, and a
    list calls them some hundred times.
    """
    return content if isinstance(content, SafeString) else SafeString(escape(str(content)))


def link(address: str, content: object, look: str = "") -> SafeString:
    """Return a link; the content is escaped unless it is safe."""
    return SafeString(f'<a class="{look}" href="{escaped(address)}">{escaped(content)}</a>')


def state(label: object, tone: str = "") -> SafeString:
    """Return a state as a coloured label: ``go``, ``wait``, ``stop`` or none."""
    look = f"state state-{tone}" if tone else "state"
    return SafeString(f'<span class="{look}">{escaped(label)}</span>')


def in_two_lines(content: object, more: object) -> SafeString:
    """Return a content with a smaller line below it, where there is one."""
    below = f'<br><span class="small muted">{escaped(more)}</span>' if more else ""
    return SafeString(f"<span>{escaped(content)}{below}</span>")


def dialog_button(address: str, label: Text, look: str = "btn-quiet") -> SafeString:
    """Return a small button that opens a dialog."""
    return SafeString(
        f'<button class="btn {look} btn-small" type="button" hx-get="{escaped(address)}"'
        f' hx-target="#sheet-in">{escaped(label)}</button> '
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
    label = escaped(gettext("History"))
    return SafeString(
        f'<a class="btn btn-quiet btn-small btn-icon" href="{escaped(address)}"'
        f' title="{label}" aria-label="{label}">{icon("history")}</a>'
    )
