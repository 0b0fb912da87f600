"""Constraints that rooms share."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.db.models import BigIntegerField, Expression, F, Func, Q
from django.utils.deconstruct import deconstructible


@deconstructible(path="core.constraints.OnlyValue")
class OnlyValue(Func):
    """A range that holds one value only; two such ranges overlap if the values are equal.

    A GiST index compares ranges, but plain values only with the extension btree_gist, which the
    embedded PostgreSQL lacks. The type `textrange` is created by a migration of this app.
    """

    template = "textrange((%(expressions)s)::text, (%(expressions)s)::text, '[]')"


@deconstructible(path="core.constraints.Period")
class Period(Func):
    """The time from ``begins_at`` until ``ends_at``, which is open-ended if null."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


@deconstructible(path="core.constraints.Days")
class Days(Func):
    """The days from ``begins_on`` until before ``ends_on``, without end if that is null."""

    function = "daterange"
    output_field = DateRangeField()


@deconstructible(path="core.constraints.EitherKey")
class EitherKey(Func):
    """One number for the one of two keys that is not null; the second key is negated."""

    function = "coalesce"
    arg_joiner = ", -"
    output_field = BigIntegerField()


def no_overlapping_days(
    name: str, *keys: Expression | F, condition: Q | None = None
) -> ExclusionConstraint:
    """Return the constraint that rows with equal keys share no day.

    Args:
        name: the constraint's name.
        keys: expressions that are never null.
        condition: which rows it holds for; all by default.
    """
    same: list[tuple[Expression, str]] = [(OnlyValue(key), RangeOperators.OVERLAPS) for key in keys]
    days = (Days(F("begins_on"), F("ends_on")), RangeOperators.OVERLAPS)
    return ExclusionConstraint(name=name, expressions=[*same, days], condition=condition)


def no_overlap(name: str, *fields: str, condition: Q | None = None) -> ExclusionConstraint:
    """Return the constraint that rows with equal fields have periods that do not overlap.

    Args:
        name: the constraint's name.
        fields: columns without null that tell one series of periods from another.
        condition: which rows it holds for; all by default.
    """
    same: list[tuple[Expression, str]] = [
        (OnlyValue(F(field)), RangeOperators.OVERLAPS) for field in fields
    ]
    period = (Period(F("begins_at"), F("ends_at")), RangeOperators.OVERLAPS)
    return ExclusionConstraint(name=name, expressions=[*same, period], condition=condition)
