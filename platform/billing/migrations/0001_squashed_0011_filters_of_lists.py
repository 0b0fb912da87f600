"""All tables of a new installation; one of version 0.1 is upgraded by the migrations replaced here."""

import core.ids
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration

# The database refuses every change of what was booked. Accounts, entries and lines are only
# inserted; an entry has lines when its transaction commits, and its lines are inserted in the
# transaction that inserted the entry. `refuse_change` and `stamp_transaction` come from core.
# A later migration that has to convert booked rows runs as the tables' owner and switches
# `refuse_change` off and on within its own transaction.
# search_path is fixed because a temporary table of the same name would come first otherwise.
LEDGER = """
CREATE FUNCTION ledger_entry_balances() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
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

CHARGES = """
CREATE FUNCTION posted_charge_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'draft' OR to_jsonb(NEW) - 'state' <> to_jsonb(OLD) - 'state' THEN
        RAISE EXCEPTION 'charge % is final: add an adjustment', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER posted_charge_is_final BEFORE UPDATE ON billing_charge
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION posted_charge_is_final();

CREATE FUNCTION charge_covers_allocations(charge_id_ bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM billing_charge c
        JOIN billing_allocation a ON a.charge_id = c.id
        WHERE c.id = charge_id_ GROUP BY c.id
        HAVING sum(a.amount) NOT BETWEEN least(0, c.amount) AND greatest(0, c.amount)
    ) THEN
        RAISE EXCEPTION 'more is allocated to charge % than its amount', charge_id_
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END $$;

CREATE FUNCTION allocation_within_bounds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM billing_payment p
        JOIN billing_allocation a ON a.payment_id = p.id
        WHERE p.id = NEW.payment_id GROUP BY p.id
        HAVING sum(a.amount) NOT BETWEEN 0 AND p.amount
    ) THEN
        RAISE EXCEPTION 'more of payment % is allocated than its amount', NEW.payment_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM charge_covers_allocations(NEW.charge_id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER allocation_within_bounds AFTER INSERT ON billing_allocation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION allocation_within_bounds();

CREATE FUNCTION charge_still_covers_allocations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM charge_covers_allocations(NEW.id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER charge_still_covers_allocations AFTER UPDATE ON billing_charge
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.amount <> OLD.amount) EXECUTE FUNCTION charge_still_covers_allocations();

CREATE FUNCTION payment_may_be_paid(payment billing_payment) RETURNS boolean LANGUAGE sql AS $$
    SELECT payment.provider <> 'offline'
        AND payment.state IN ('created', 'pending', 'processing')
$$;

CREATE FUNCTION payment_item_under_way() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT payment_may_be_paid(p) INTO NEW.is_under_way
        FROM billing_payment p WHERE p.id = NEW.payment_id;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_item_under_way BEFORE INSERT ON billing_paymentitem
    FOR EACH ROW EXECUTE FUNCTION payment_item_under_way();

CREATE FUNCTION payment_items_follow_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE billing_paymentitem SET is_under_way = payment_may_be_paid(NEW)
        WHERE payment_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER payment_items_follow_state AFTER UPDATE ON billing_payment
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION payment_items_follow_state();
"""
# The payment's row is locked, so that two refunds at once cannot both fit. A payment in doubt was
# not paid with its own amount, so only the provider knows what can be refunded of it.
REFUNDS = """
CREATE FUNCTION refunds_within_payment() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE paid bigint;
BEGIN
    SELECT amount INTO paid FROM billing_payment
        WHERE id = NEW.payment_id AND state = 'paid' FOR NO KEY UPDATE;
    IF paid < (
        SELECT sum(amount) FROM billing_refund
        WHERE payment_id = NEW.payment_id AND state NOT IN ('failed', 'cancelled')
    ) THEN
        RAISE EXCEPTION 'more of payment % is refunded than was paid', NEW.payment_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refunds_within_payment AFTER INSERT OR UPDATE ON billing_refund
    FOR EACH ROW EXECUTE FUNCTION refunds_within_payment();

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON billing_allocation
    FOR EACH ROW EXECUTE FUNCTION refuse_change('an allocation is final: add one that releases it');
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON billing_allocation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION posted_charge_stays() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'charge % is final: add an adjustment', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER posted_charge_stays BEFORE DELETE ON billing_charge
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION posted_charge_stays();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON billing_charge
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


class Migration(OneStepMigration):
    initial = True
    replaces = [
        ("billing", "0001_initial"),
        ("billing", "0002_initial"),
        ("billing", "0003_ledger_balances"),
        ("billing", "0004_checkouts_and_receipts"),
        ("billing", "0001_squashed_0_1"),
        ("billing", "0002_books_are_immutable"),
        ("billing", "0003_charges_and_allocations"),
        ("billing", "0004_charges_of_stays"),
        ("billing", "0005_payment_names_no_stay"),
        ("billing", "0006_cashier_name"),
        ("billing", "0007_refunds_and_disputes"),
        ("billing", "0008_labels"),
        ("billing", "0009_days_figures"),
        ("billing", "0010_list_by_time"),
        ("billing", "0011_filters_of_lists"),
    ]
    dependencies = [
        ("core", "0001_squashed_0018_site_set_up_at"),
    ]
    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20)),
                ('currency', models.CharField(max_length=3)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='core.site')),
                ('type', models.CharField(choices=[('asset', 'asset'), ('liability', 'liability'), ('income', 'income'), ('expense', 'expense')], max_length=10)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'code', 'currency'), name='account_once'), models.CheckConstraint(condition=models.Q(('type__in', ['asset', 'liability', 'income', 'expense'])), name='account_type_valid')],
            },
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=80, unique=True)),
                ('at', models.DateTimeField()),
                ('memo', models.CharField(max_length=200)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ledger', to='core.site')),
            ],
            options={
                'verbose_name_plural': 'ledger entries',
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('provider', models.CharField(choices=[('stripe', 'card or wallet'), ('offline', 'cash at the lane')], max_length=10)),
                ('provider_ref', models.CharField(max_length=120, null=True)),
                ('checkout_url', models.URLField(blank=True, default='', max_length=1000)),
                ('language', models.CharField(blank=True, default='', max_length=10)),
                ('return_url', models.URLField(blank=True, default='', max_length=500)),
                ('amount', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('state', models.CharField(choices=[('created', 'started'), ('pending', 'waiting for payer'), ('processing', 'waiting for bank'), ('paid', 'paid'), ('expired', 'expired'), ('failed', 'failed')], default='created', max_length=10)),
                ('email', models.EmailField(blank=True, default='', max_length=254)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('paid_at', models.DateTimeField(null=True)),
                ('taken_by', models.CharField(blank=True, default='', max_length=160)),
                ('receipt_no', models.PositiveBigIntegerField(null=True)),
                ('failure', models.CharField(blank=True, default='', max_length=300)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='core.site')),
                ('taken_by_name', models.CharField(blank=True, default='', max_length=310)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'paid')), fields=['site', '-paid_at'], name='payment_paid'), models.Index(fields=['site', 'created_at', 'id'], name='payment_by_time'), models.Index(condition=models.Q(('state', 'paid'), _negated=True), fields=['site', 'created_at'], name='payment_not_paid'), models.Index(models.F('site'), django.db.models.functions.text.Upper('taken_by'), models.F('created_at'), name='payment_taker'), models.Index(fields=['provider_ref'], name='payment_provider_ref')],
                'constraints': [models.UniqueConstraint(fields=('provider', 'provider_ref'), name='provider_ref_once'), models.UniqueConstraint(fields=('site', 'receipt_no'), name='receipt_no_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_positive'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'paid'), _negated=True), models.Q(('paid_at__isnull', False), ('receipt_no__isnull', False)), _connector='OR'), name='paid_has_time_and_receipt')],
            },
        ),
        migrations.CreateModel(
            name='ProviderEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(choices=[('stripe', 'card or wallet'), ('offline', 'cash at the lane')], max_length=10)),
                ('event_id', models.CharField(max_length=120)),
                ('type', models.CharField(max_length=80)),
                ('received_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('provider', 'event_id'), name='provider_event_once')],
            },
        ),
        migrations.CreateModel(
            name='ReceiptCounter',
            fields=[
                ('site', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='receipt_counter', serialize=False, to='core.site')),
                ('last', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Charge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='charges', to='core.site')),
                ('payer_type', models.CharField(max_length=20, null=True)),
                ('payer_id', models.CharField(max_length=40, null=True)),
                ('source_type', models.CharField(max_length=20)),
                ('source_id', models.CharField(max_length=40)),
                ('period', models.CharField(blank=True, default='', max_length=20)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('amount', models.BigIntegerField(default=0)),
                ('currency', models.CharField(max_length=3)),
                ('vat_rate', models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                ('vat_amount', models.BigIntegerField(default=0)),
                ('lines', models.JSONField(default=list)),
                ('begins_at', models.DateTimeField(null=True)),
                ('ends_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('state', models.CharField(choices=[('draft', 'not final'), ('open', 'to be paid'), ('settled', 'paid'), ('cancelled', 'cancelled')], default='draft', max_length=10)),
                ('created_at', models.DateTimeField()),
                ('opened_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['site', 'due_at'], name='charge_unpaid'), models.Index(condition=models.Q(('state__in', ['open', 'settled'])), fields=['site', '-opened_at'], name='charge_opened')],
                'constraints': [models.UniqueConstraint(fields=('source_type', 'source_id', 'period', 'revision'), name='charge_once_per_cause'), models.CheckConstraint(condition=models.Q(models.Q(('payer_id__isnull', True), ('payer_type__isnull', True)), models.Q(('payer_id__isnull', False), ('payer_type__isnull', False)), _connector='OR'), name='charge_payer_whole'), models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('revision__gt', 0), _connector='OR'), name='charge_amount_sign'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'cancelled']), ('opened_at__isnull', False), _connector='OR'), name='posted_charge_has_time'), models.CheckConstraint(condition=models.Q(('begins_at__isnull', True), ('ends_at__isnull', True), ('ends_at__gte', models.F('begins_at')), _connector='OR'), name='charge_period_ordered')],
            },
        ),
        migrations.CreateModel(
            name='LedgerLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.BigIntegerField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.account')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.ledgerentry')),
                ('party_type', models.CharField(max_length=20, null=True)),
                ('party_id', models.CharField(max_length=40, null=True)),
                ('charge', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ledger_lines', to='billing.charge')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('party_type__isnull', False)), fields=['party_type', 'party_id'], name='ledger_line_of_party')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='ledger_line_not_zero'), models.CheckConstraint(condition=models.Q(models.Q(('party_id__isnull', True), ('party_type__isnull', True)), models.Q(('party_id__isnull', False), ('party_type__isnull', False)), _connector='OR'), name='ledger_party_whole')],
            },
        ),
        migrations.CreateModel(
            name='PaymentItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='billing.payment')),
                ('charge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_items', to='billing.charge')),
                ('amount', models.PositiveBigIntegerField()),
                ('offered_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('lines', models.JSONField(default=list)),
                ('basis', models.CharField(blank=True, default='', max_length=80)),
                ('is_under_way', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('payment', 'charge'), name='payment_item_once'), models.UniqueConstraint(condition=models.Q(('is_under_way', True)), fields=('charge',), name='one_checkout_under_way'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_item_positive')],
            },
        ),
        migrations.CreateModel(
            name='Allocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='billing.payment')),
                ('charge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='billing.charge')),
                ('amount', models.BigIntegerField()),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='allocation_not_zero')],
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='billing.payment')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('provider_ref', models.CharField(max_length=120, null=True, unique=True)),
                ('amount', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('state', models.CharField(choices=[('requested', 'requested'), ('approved', 'approved'), ('created', 'sent'), ('pending', 'waiting for bank'), ('succeeded', 'refunded'), ('failed', 'failed'), ('cancelled', 'cancelled'), ('external', 'refunded at the provider')], default='requested', max_length=10)),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField()),
                ('failure', models.CharField(blank=True, default='', max_length=300)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_positive')],
            },
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='billing.payment')),
                ('provider_ref', models.CharField(max_length=120, unique=True)),
                ('amount', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('state', models.CharField(choices=[('open', 'open'), ('won', 'won'), ('lost', 'lost')], default='open', max_length=4)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(LEDGER),
        *(migrations.RunSQL(REFUSE.format(table)) for table in TABLES),
        migrations.RunSQL(CHARGES),
        migrations.RunSQL(REFUNDS),
    ]
