"""Migrations of a new database run in one step each, as each test run and first start needs."""

from collections.abc import Iterator
from inspect import getsourcefile

import pytest
from django.db.migrations import Migration, RunPython
from django.db.migrations.loader import MigrationLoader

from core.one_step_migration import OneStepMigration

HINT = "derive it from core.one_step_migration.OneStepMigration"


def migrations_of_a_new_database() -> Iterator[Migration]:
    """Yield our own migrations but those that a squashed one replaces."""
    loader = MigrationLoader(None)
    replaced = {name for each in loader.disk_migrations.values() for name in each.replaces}
    for name, migration in loader.disk_migrations.items():
        source = getsourcefile(type(migration)) or ""
        if name not in replaced and "site-packages" not in source:
            yield migration


def changes_rows(migration: Migration) -> bool:
    return any(isinstance(each, RunPython) for each in migration.operations)


@pytest.mark.parametrize("migration", sorted(migrations_of_a_new_database(), key=str), ids=str)
def test_only_a_migration_that_changes_rows_by_models_is_a_plain_one(migration):
    is_plain = migration.operations and not isinstance(migration, OneStepMigration)
    assert not is_plain or changes_rows(migration), HINT
