"""The one clock of the product: aware UTC inside, the site's timezone at the edges."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def now() -> datetime:
    """Return the present instant as aware UTC."""
    return datetime.now(UTC)


def zone(name: str) -> tzinfo:
    """Return the timezone of that IANA name.

    Raises:
        ValidationError: no such timezone is known.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValidationError(
            _("%(name)s is no IANA timezone; write one such as Asia/Shanghai"),
            params={"name": name},
        ) from error


def validate_zone(name: str) -> None:
    """Refuse a text that names no IANA timezone; a model field's validator."""
    zone(name)


def local(at: datetime, timezone: str) -> datetime:
    """Return the instant on the clock of that IANA timezone."""
    return at.astimezone(zone(timezone))
