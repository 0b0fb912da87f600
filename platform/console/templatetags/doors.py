"""Rights and credentials of people at doors, for templates."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from console.right_cells import holder_on_page
from doors.models import Right

register = template.Library()


@register.simple_tag(takes_context=True)
def right_holder(context: dict[str, Any], right: Right) -> SafeString:
    """Return whom a right is for, with a link to their page if permitted."""
    request = context["request"]
    return holder_on_page(right, request.site.slug, request.site_permissions)


@register.filter
def minus(number: int, other: int) -> int:
    """Return a difference, such as the length of a span."""
    return number - other
