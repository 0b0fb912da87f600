"""Indexes and foreign keys are left out while tables are loaded, and are the same afterwards."""

from contextlib import nullcontext

import pytest
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from config import database_roles
from core.bulk_loading import drop_indexes, restore_indexes
from estate.models import Bay, Lot
from tests.factories import BayFactory

pytestmark = pytest.mark.django_db
TABLES = ["estate_bay", "estate_lot"]


def structure() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = ANY (%s) UNION ALL"
            " SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = ANY (%s::regclass[]) AND contype = 'f'",
            [TABLES, TABLES],
        )
        return {definition for (definition,) in cursor.fetchall()}


def test_what_was_dropped_is_restored():
    before = structure()
    drop_indexes([Bay, Lot], indexed=[Lot])
    during = structure()
    assert "FOREIGN KEY" not in "".join(during)
    assert any("UNIQUE" in each for each in during)
    assert {each for each in before if "ON public.estate_lot " in each} <= during
    assert len(during) < len(before)
    assert restore_indexes([Bay, Lot])
    assert structure() == before
    assert not restore_indexes([Bay, Lot])


def test_the_next_migration_restores_what_a_killed_process_has_dropped(monkeypatch):
    monkeypatch.setattr(database_roles, "as_owner", lambda: nullcontext(enter_result=True))
    monkeypatch.setattr(database_roles, "grant", lambda user, password: None)
    before = structure()
    drop_indexes([Bay, Lot])
    call_command("migrate", "--check", verbosity=0)
    assert structure() != before
    call_command("migrate", verbosity=0)
    assert structure() == before


def test_statements_of_a_table_that_another_role_has_made_are_not_run():
    before = structure()
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE intruder_of_bulk_loading")
        cursor.execute("CREATE TABLE core_dropped_index (id int, restored_by text)")
        cursor.execute("INSERT INTO core_dropped_index VALUES (1, 'DROP TABLE estate_bay CASCADE')")
        cursor.execute("ALTER TABLE core_dropped_index OWNER TO intruder_of_bulk_loading")
    assert not restore_indexes([Bay])
    with pytest.raises(ProgrammingError), transaction.atomic():
        drop_indexes([Bay])
    assert structure() == before


def test_a_load_that_was_interrupted_twice_is_restored_whole():
    before = structure()
    drop_indexes([Bay])
    drop_indexes([Lot])
    assert restore_indexes([Bay, Lot])
    assert structure() == before


def test_a_row_that_refers_to_nothing_is_found_at_the_end():
    bay = BayFactory()
    connection.check_constraints()  # those of this transaction are pending until its end
    drop_indexes([Bay])
    Bay.objects.filter(pk=bay.pk).update(lot_id=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        restore_indexes([Bay])
