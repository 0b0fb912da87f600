"""Template tags of lists: the cells of a row, and what identifies it."""

from html import escape
from typing import Any

from django import template
from django.template.base import Node, NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

register = template.Library()
_END = SafeString("</td>")


class CellNode(Node):
    """A cell of a row: left out where its column is hidden."""

    def __init__(self, name: str, content: NodeList) -> None:
        self.name, self.nodelist = name, content

    def render(self, context: Context) -> SafeString:
        """Render the cell with its column's label, which a phone shows beside the content."""
        starts: dict[str, SafeString] = context["list"].cell_starts
        if self.name not in starts:
            return SafeString("")
        return starts[self.name] + self.nodelist.render(context) + _END


@register.tag
def cell(parser: Parser, token: Token) -> CellNode:
    """Render ``{% cell name %}…{% endcell %}`` as the cell of that column."""
    _tag, name = token.split_contents()
    content = parser.parse(("endcell",))
    parser.delete_first_token()
    return CellNode(name, content)


@register.simple_tag
def row_cells(shown: Any, row: Any) -> SafeString:
    """Render the cells of a row by the functions of its list.

    Args:
        shown: the `ui.lists.state.ListState`.
    """
    parts: list[str] = []
    for start, render in shown.cells:
        content = render(row, shown.row_page)
        parts += (start, content if isinstance(content, SafeString) else escape(str(content)), _END)
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped


@register.simple_tag
def row_tick(row: Any) -> SafeString:
    """Render the check box that selects a row, and keeps its state when the list loads again."""
    key, label = row_key(row), escape(gettext("Select %(row)s") % {"row": row_name(row)})
    return mark_safe(  # noqa: S308 - a number and an escaped text
        f'<input class="form-check-input" type="checkbox" name="row" value="{key}" id="tick-{key}"'
        f' hx-preserve aria-label="{label}">'
    )


def row_key(row: Any) -> int:
    """Return the primary key of a row, or of the object that a prepared row holds."""
    return int(getattr(row, "pk", None) or row["row"].pk)


def row_name(row: Any) -> str:
    """Return what a row is called."""
    return str(row if hasattr(row, "pk") else row["row"])
