"""What units are called on bills."""

from collections.abc import Collection

from estate.models import Unit


def unit_names(units: Collection[int]) -> dict[int, str]:
    """Return the names of units, such as ``B1-1203``."""
    rows = Unit.objects.filter(pk__any_of=units).values_list("pk", "building__code", "code")
    return {pk: f"{building}-{code}" for pk, building, code in rows}
