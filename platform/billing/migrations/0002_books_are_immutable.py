"""Let the database refuse every change of what was booked.

Accounts, entries and lines are only inserted; an entry has lines when its transaction commits, and
its lines are inserted in the transaction that inserted the entry. `refuse_change` and
`stamp_transaction` come from core's migration 0004.

A later migration that has to convert booked rows runs as the tables' owner and switches
`refuse_change` off and on within its own transaction.
"""

from django.db import migrations

# search_path is fixed because a temporary table of the same name would come first otherwise.
PROTECT = """
DROP TRIGGER ledger_line_is_final ON billing_ledgerline;
DROP FUNCTION ledger_line_is_final();
ALTER FUNCTION ledger_entry_balances() SET search_path = pg_catalog, public, pg_temp;

ALTER TABLE billing_ledgerentry ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE TRIGGER stamp_transaction BEFORE INSERT ON billing_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION stamp_transaction();

CREATE FUNCTION ledger_entry_has_lines() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM billing_ledgerline WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'ledger entry % has no lines', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_has_lines AFTER INSERT ON billing_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_has_lines();

CREATE FUNCTION ledger_line_joins_new_entry() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM billing_ledgerentry WHERE id = NEW.entry_id AND xid <> pg_current_xact_id()
    ) THEN
        RAISE EXCEPTION 'ledger entry % is booked: no line can be added', NEW.entry_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_line_joins_new_entry BEFORE INSERT ON billing_ledgerline
    FOR EACH ROW EXECUTE FUNCTION ledger_line_joins_new_entry();
"""
REFUSE = """
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {0}
    FOR EACH ROW EXECUTE FUNCTION refuse_change('book a reversal');
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {0}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
TABLES = ("billing_account", "billing_ledgerentry", "billing_ledgerline")


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0001_squashed_0_1"),
        ("core", "0004_audit_entries_and_seals"),
    ]
    operations = [
        migrations.RunSQL(PROTECT),
        *(migrations.RunSQL(REFUSE.format(table)) for table in TABLES),
    ]
