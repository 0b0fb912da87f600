"""Have PostgreSQL refuse a ledger entry that does not balance, and any change of a booked line."""

from django.db import migrations

KEEP = """
CREATE FUNCTION ledger_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM billing_ledgerline l JOIN billing_account a ON a.id = l.account_id
        WHERE l.entry_id = NEW.entry_id GROUP BY a.currency HAVING sum(l.amount) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger entry % does not balance', NEW.entry_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON billing_ledgerline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balances();

CREATE FUNCTION ledger_line_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a ledger line is final: book a reversal'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER ledger_line_is_final BEFORE UPDATE OR DELETE ON billing_ledgerline
    FOR EACH ROW EXECUTE FUNCTION ledger_line_is_final();
"""
DROP = """
DROP TRIGGER ledger_line_is_final ON billing_ledgerline;
DROP FUNCTION ledger_line_is_final();
DROP TRIGGER ledger_entry_balances ON billing_ledgerline;
DROP FUNCTION ledger_entry_balances();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_initial")]
    operations = [migrations.RunSQL(KEEP, DROP)]
