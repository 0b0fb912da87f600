"""The clock: aware UTC internally, the site's timezone on pages and in reports."""

from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def now() -> datetime:
    """Return the current time as aware UTC."""
    return datetime.now(UTC)


def zone(name: str) -> tzinfo:
    """Return the timezone of an IANA name.

    Raises:
        ValidationError: there is no such timezone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValidationError(
            _("%(name)s is not an IANA time zone; enter one such as Asia/Shanghai"),
            params={"name": name},
        ) from error


def validate_zone(name: str) -> None:
    """Validate the name of a timezone; a model field's validator."""
    zone(name)


def local(at: datetime, timezone: str) -> datetime:
    """Convert an instant to an IANA timezone."""
    return at.astimezone(zone(timezone))


@lru_cache(maxsize=4096)
def midnight(day: date, timezone: str) -> datetime:
    """Return the instant at which a date begins in an IANA timezone, as aware UTC."""
    return datetime.combine(day, time.min, zone(timezone)).astimezone(UTC)
