"""Date each ledger line, keep daily totals of the accounts, and let months be closed.

The lines of before get the day of their entry in their site's timezone; nothing else is changed.
What was checked for each row is checked once for each statement (decision 32).
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration

DATE_BOOKED = """
ALTER TABLE billing_ledgerentry ADD COLUMN posted_on date;
ALTER TABLE billing_ledgerline ADD COLUMN posted_on date;
ALTER TABLE billing_ledgerentry DISABLE TRIGGER refuse_change;
ALTER TABLE billing_ledgerline DISABLE TRIGGER refuse_change;
UPDATE billing_ledgerentry e SET posted_on = (e.at AT TIME ZONE s.timezone)::date
    FROM core_site s WHERE s.id = e.site_id;
UPDATE billing_ledgerline l SET posted_on = e.posted_on
    FROM billing_ledgerentry e WHERE e.id = l.entry_id;
ALTER TABLE billing_ledgerentry ENABLE TRIGGER refuse_change;
ALTER TABLE billing_ledgerline ENABLE TRIGGER refuse_change;
ALTER TABLE billing_ledgerentry ALTER COLUMN posted_on SET NOT NULL;
ALTER TABLE billing_ledgerline ALTER COLUMN posted_on SET NOT NULL;
INSERT INTO billing_dailytotal (account_id, posted_on, amount)
    SELECT account_id, posted_on, sum(amount) FROM billing_ledgerline GROUP BY 1, 2;
"""
REPLACED = """
DROP TRIGGER ledger_entry_balances ON billing_ledgerline;
DROP FUNCTION ledger_entry_balances();
DROP TRIGGER ledger_line_joins_new_entry ON billing_ledgerline;
DROP FUNCTION ledger_line_joins_new_entry();
DROP TRIGGER stamp_transaction ON billing_ledgerentry;
"""
# A posting shares its site's lock until it commits; closing a month takes it alone. So no entry
# that is not committed yet can be dated in a month that is closed meanwhile.
# search_path is fixed because a temporary table of the same name would come first otherwise.
DATES = """
CREATE FUNCTION ledger_dates(site bigint, instants timestamptz[], concerned date[])
RETURNS TABLE (posted_on date, concerns_month date) LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    zone text;
    closed date;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('ledger'), (site % 2147483647)::integer);
    SELECT timezone, (SELECT max(month) FROM billing_closedmonth WHERE site_id = site)
        INTO zone, closed FROM core_site WHERE id = site;
    RETURN QUERY
        SELECT CASE WHEN occurred < closed + interval '1 month'
                THEN greatest((now() AT TIME ZONE zone)::date, (closed + interval '1 month')::date)
                ELSE occurred END,
            CASE WHEN date_trunc('month', named) <= closed THEN date_trunc('month', named)::date
                WHEN date_trunc('month', occurred) <= closed
                THEN date_trunc('month', occurred)::date END
        FROM unnest(instants, concerned) WITH ORDINALITY AS given (instant, named, place),
            LATERAL (SELECT (instant AT TIME ZONE zone)::date AS occurred) AS day
        ORDER BY place;
END $$;

CREATE FUNCTION ledger_entry_is_dated() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT * INTO NEW.posted_on, NEW.concerns_month
        FROM ledger_dates(NEW.site_id, ARRAY[NEW.at], ARRAY[NEW.concerns_month]);
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_entry_is_dated BEFORE INSERT ON billing_ledgerentry
    FOR EACH ROW WHEN (NEW.posted_on IS NULL) EXECUTE FUNCTION ledger_entry_is_dated();
CREATE TRIGGER stamp_transaction BEFORE INSERT ON billing_ledgerentry
    FOR EACH ROW WHEN (NEW.xid <> pg_current_xact_id()) EXECUTE FUNCTION stamp_transaction();

CREATE FUNCTION ledger_entries_respect_closed_months() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE wrong record;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('ledger'), (site_id % 2147483647)::integer)
        FROM (SELECT DISTINCT site_id FROM added ORDER BY site_id) AS sites;
    WITH site AS MATERIALIZED (
        SELECT id, timezone, (
                SELECT max(month) + interval '1 month' FROM billing_closedmonth
                WHERE site_id = core_site.id
            )::date AS open_from
        FROM core_site WHERE id IN (SELECT site_id FROM added)
    )
    SELECT added.posted_on, reference, added.posted_on < open_from AS is_closed INTO wrong
        FROM added JOIN site ON site.id = site_id
        WHERE added.posted_on < open_from
            OR concerns_month IS NOT NULL AND (open_from IS NULL OR concerns_month >= open_from
                OR concerns_month <> date_trunc('month', concerns_month))
            OR concerns_month IS NULL AND open_from IS NOT NULL
                AND (at AT TIME ZONE timezone)::date < open_from
        LIMIT 1;
    IF wrong.is_closed THEN
        RAISE EXCEPTION 'the month of % is closed', wrong.posted_on
            USING ERRCODE = 'integrity_constraint_violation';
    ELSIF FOUND THEN
        RAISE EXCEPTION 'ledger entry % does not name the closed month that it concerns',
            wrong.reference USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entries_respect_closed_months AFTER INSERT ON billing_ledgerentry
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_respect_closed_months();
"""
MONTHS = """
CREATE FUNCTION closed_month_waits_for_postings() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(
        hashtext('ledger'), (coalesce(NEW.site_id, OLD.site_id) % 2147483647)::integer);
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER closed_month_waits_for_postings BEFORE INSERT OR DELETE ON billing_closedmonth
    FOR EACH ROW EXECUTE FUNCTION closed_month_waits_for_postings();
CREATE TRIGGER closed_month_is_final BEFORE UPDATE ON billing_closedmonth
    FOR EACH ROW EXECUTE FUNCTION refuse_change('reopen the month');
"""
# Entries and accounts are never changed or deleted, so that lines need no foreign key to them. The
# plan is kept for the session, so it must not depend on how many lines the first statement has.
LINES = """
CREATE FUNCTION ledger_lines_are_valid() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE problem text;
BEGIN
    SELECT format(CASE
            WHEN bool_or(entry.id IS NULL) THEN 'there is no ledger entry %s'
            WHEN bool_or(entry.xid <> pg_current_xact_id())
                THEN 'ledger entry %s is booked: no line can be added'
            WHEN bool_or(line.posted_on <> entry.posted_on) THEN 'ledger entry %s has another date'
            WHEN bool_or(account.site_id IS DISTINCT FROM entry.site_id)
                THEN 'ledger entry %s has a line in no account of its site'
            ELSE 'ledger entry %s does not balance' END, line.entry_id)
        INTO problem
        FROM added AS line
        LEFT JOIN billing_ledgerentry AS entry ON entry.id = line.entry_id
        LEFT JOIN billing_account AS account ON account.id = line.account_id
        GROUP BY line.entry_id, account.currency
        HAVING sum(line.amount) <> 0 OR bool_or(entry.id IS NULL)
            OR bool_or(entry.xid <> pg_current_xact_id())
            OR bool_or(line.posted_on <> entry.posted_on)
            OR bool_or(account.site_id IS DISTINCT FROM entry.site_id)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING MESSAGE = problem, ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_lines_are_valid AFTER INSERT ON billing_ledgerline
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_lines_are_valid();

CREATE FUNCTION ledger_lines_add_to_totals() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.billing_dailytotal (account_id, posted_on, amount)
        SELECT account_id, posted_on, sum(amount) FROM added GROUP BY account_id, posted_on;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_lines_add_to_totals AFTER INSERT ON billing_ledgerline
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_lines_add_to_totals();
"""


class Migration(OneStepMigration):

    dependencies = [
        ('billing', '0013_bills'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClosedMonth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closed_months', to='core.site')),
                ('month', models.DateField()),
                ('closed_at', models.DateTimeField()),
                ('closed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'month'), name='month_closed_once'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='closed_month_begins_on_first_day')],
            },
        ),
        migrations.CreateModel(
            name='DailyTotal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.account')),
                ('posted_on', models.DateField()),
                ('amount', models.DecimalField(decimal_places=0, max_digits=30)),
            ],
            options={
                'indexes': [models.Index(fields=['account', 'posted_on'], name='daily_total_of_account')],
            },
        ),
        migrations.RemoveConstraint(
            model_name='account',
            name='account_type_valid',
        ),
        migrations.RemoveIndex(
            model_name='ledgerline',
            name='ledger_line_of_party',
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='concerns_month',
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='account',
            name='type',
            field=models.CharField(choices=[('asset', 'asset'), ('liability', 'liability'), ('income', 'income'), ('expense', 'expense'), ('equity', 'equity')], max_length=10),
        ),
        migrations.AlterField(
            model_name='ledgerline',
            name='account',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.account'),
        ),
        migrations.AlterField(
            model_name='ledgerline',
            name='entry',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.ledgerentry'),
        ),
        migrations.RunSQL(
            DATE_BOOKED,
            state_operations=[
                migrations.AddField(
                    model_name=model, name='posted_on', field=models.DateField(editable=False)
                )
                for model in ('ledgerentry', 'ledgerline')
            ],
        ),
        migrations.AddIndex(
            model_name='ledgerline',
            index=models.Index(condition=models.Q(('party_type__isnull', False)), fields=['party_type', 'party_id', 'posted_on'], name='ledger_line_of_party'),
        ),
        migrations.AddIndex(
            model_name='ledgerline',
            index=models.Index(fields=['account', 'posted_on'], name='ledger_line_of_account'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('type__in', ['asset', 'liability', 'income', 'expense', 'equity'])), name='account_type_valid'),
        ),
        migrations.RunSQL(REPLACED),
        migrations.RunSQL(DATES),
        migrations.RunSQL(MONTHS),
        migrations.RunSQL(LINES),
    ]
