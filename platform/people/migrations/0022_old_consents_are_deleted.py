"""Statements of consent may be deleted three years after they were recorded, and not before.

Which of them are deleted, and when, is decided by `people.retention`; one in force never is, since
its grant refers to it.
"""

from django.db import migrations

from core.one_step_migration import OneStepMigration

# search_path is fixed because a temporary table of the same name would come first otherwise.
FUNCTION = """
CREATE OR REPLACE FUNCTION people_refuse_restatement() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.guardian = '' THEN
        OLD.guardian := '';
        IF NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
{deletion}    RAISE EXCEPTION '% is append-only: % is refused; add a statement', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
DELETION = """    IF TG_OP = 'DELETE' AND OLD.recorded_at < now() - interval '3 years' THEN
        RETURN OLD;
    END IF;
"""


class Migration(OneStepMigration):
    dependencies = [("people", "0021_notification_settings")]

    operations = [
        migrations.RunSQL(FUNCTION.format(deletion=DELETION), FUNCTION.format(deletion=""))
    ]
