"""Statements of consent are only inserted; the name of a guardian may be removed."""

from django.db import migrations

# search_path is fixed because a temporary table of the same name would come first otherwise.
PROTECT = """
CREATE FUNCTION people_refuse_restatement() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.guardian = '' THEN
        OLD.guardian := '';
        IF NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused; add a statement', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON people_consentstatement
    FOR EACH ROW EXECUTE FUNCTION people_refuse_restatement();
ALTER FUNCTION people_check_shares() SET search_path = pg_catalog, public, pg_temp;
"""
UNPROTECT = """
DROP TRIGGER refuse_change ON people_consentstatement;
DROP FUNCTION people_refuse_restatement();
ALTER FUNCTION people_check_shares() RESET search_path;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0013_consents")]

    operations = [migrations.RunSQL(PROTECT, UNPROTECT)]
