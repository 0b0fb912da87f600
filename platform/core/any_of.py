"""The lookup ``any_of``: a column equals one of many values, which are sent as one array."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, ForeignObject, Lookup
from django.db.models.sql.compiler import SQLCompiler


class AnyOf(Lookup):
    """What ``in`` selects, without a parameter for each value.

    Django prepares, resolves and joins each of them, which takes longer than the query itself from
    some hundreds on. The values are those of the column, such as the keys of rows.
    """

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        """Return the condition and its parameters."""
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*parameters, list(self.rhs))


def register() -> None:
    """Let fields and foreign keys be looked up by it."""
    Field.register_lookup(AnyOf)
    ForeignObject.register_lookup(AnyOf)
