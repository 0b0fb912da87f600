"""Template tags of lists: the cells of a row, and what identifies it."""

from typing import Any

from django import template
from django.template.base import Node, NodeList, Parser, Token
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


class CellNode(Node):
    """A cell of a row: left out where its column is hidden."""

    def __init__(self, name: str, content: NodeList) -> None:
        self.name, self.nodelist = name, content

    def render(self, context: Context) -> SafeString:
        """Render the cell with its column's label, which a phone shows beside the content."""
        state = context["list"]
        column = state.listing.by_column[self.name]
        if column not in state.columns:
            return SafeString("")
        content = mark_safe(self.nodelist.render(context))  # noqa: S308 - rendered by the engine
        looks = {"num": column.numeric, "tight": column.value is None, "long": column.prose}
        look = " ".join(name for name, applies in looks.items() if applies)
        return format_html('<td class="{}" data-label="{}">{}</td>', look, column.label, content)


@register.tag
def cell(parser: Parser, token: Token) -> CellNode:
    """Render ``{% cell name %}…{% endcell %}`` as the cell of that column."""
    _tag, name = token.split_contents()
    content = parser.parse(("endcell",))
    parser.delete_first_token()
    return CellNode(name, content)


@register.filter
def row_key(row: Any) -> int:
    """Return the primary key of a row, or of the object that a prepared row holds."""
    return getattr(row, "pk", None) or row["row"].pk


@register.filter
def row_name(row: Any) -> str:
    """Return what a row is called."""
    return str(row if hasattr(row, "pk") else row["row"])
