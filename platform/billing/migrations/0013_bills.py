"""Add bills, credit, deposits, the desk, bank statements, provider accounts and what they need."""

import datetime

import core.ids
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration

# Money of a payment that is its payer's credit is allocated to no charge, and never below zero.
CREDIT = """
CREATE OR REPLACE FUNCTION allocation_within_bounds() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM billing_payment p
        JOIN billing_allocation a ON a.payment_id = p.id
        WHERE p.id = NEW.payment_id GROUP BY p.id
        HAVING sum(a.amount) NOT BETWEEN 0 AND p.amount
            OR sum(a.amount) FILTER (WHERE a.charge_id IS NULL) < 0
    ) THEN
        RAISE EXCEPTION 'more of payment % is allocated than its amount', NEW.payment_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM charge_covers_allocations(NEW.charge_id);
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION charge_covers_allocations(charge_id_ bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
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
"""
# Only the state of a posted charge changes.
CHARGES = """
CREATE OR REPLACE FUNCTION posted_charge_is_final() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE changed billing_charge := NEW;
BEGIN
    changed.state := OLD.state;
    IF NEW.state = 'draft' OR changed IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'charge % is final: add an adjustment', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""
REFUSE = """
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {0}
    FOR EACH ROW EXECUTE FUNCTION refuse_change('{1}');
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {0}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
CREDIT_NOTE = "an issued bill is final: issue a credit note"
ISSUED = {
    "billing_bill": CREDIT_NOTE,
    "billing_billline": CREDIT_NOTE,
    "billing_creditnote": "a credit note is final: issue a new bill",
    "billing_creditnoteline": "a credit note is final: issue a new bill",
    "billing_depositsettlement": "a settled deposit is final",
}
# Names in the reason are removed when a person's data is erased.
FINAL = """
CREATE FUNCTION closed_drawer_is_final() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'reason' <> to_jsonb(OLD) - 'reason' THEN
        RAISE EXCEPTION 'drawer % was handed over', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER closed_drawer_is_final BEFORE UPDATE OR DELETE ON billing_drawer
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION closed_drawer_is_final();
"""


class Migration(OneStepMigration):

    dependencies = [
        ('billing', '0012_charges_of_payer'),
        ('core', '0020_site_contact'),
        ('estate', '0001_squashed_0005_units_with_areas_and_states'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProviderAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('provider', models.CharField(max_length=10)),
                ('organisation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='provider_accounts', to='core.organisation')),
                ('reference', models.CharField(blank=True, default='', max_length=120)),
                ('settings_name', models.CharField(max_length=40, unique=True)),
                ('created_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('retired_at__isnull', True)), fields=('provider', 'organisation'), name='one_account_in_use', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='SavedMethod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='saved_methods', to='core.site')),
                ('payer_type', models.CharField(max_length=20)),
                ('payer_id', models.CharField(max_length=40)),
                ('provider', models.CharField(max_length=10)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='saved_methods', to='billing.provideraccount')),
                ('customer', models.CharField(max_length=120)),
                ('reference', models.CharField(db_index=True, max_length=120)),
                ('title', models.CharField(max_length=60)),
                ('expires_month', models.PositiveIntegerField(null=True)),
                ('saved_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='AutoPay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='autopays', to='core.site')),
                ('payer_type', models.CharField(max_length=20)),
                ('payer_id', models.CharField(max_length=40)),
                ('provider', models.CharField(max_length=10)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.provideraccount')),
                ('method', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='autopays', to='billing.savedmethod')),
                ('state', models.CharField(choices=[('pending', 'being set up'), ('active', 'on'), ('stopped', 'off')], default='pending', max_length=10)),
                ('limit', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('notice_days', models.PositiveSmallIntegerField()),
                ('email', models.EmailField(max_length=254)),
                ('language', models.CharField(max_length=10)),
                ('consented_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('consented_at', models.DateTimeField()),
                ('terms_version', models.CharField(max_length=20)),
                ('setup_ref', models.CharField(blank=True, default='', max_length=120)),
                ('return_url', models.URLField(max_length=500)),
                ('stopped_at', models.DateTimeField(null=True)),
                ('stopped_by', models.CharField(blank=True, default='', max_length=160)),
                ('stop_reason', models.CharField(blank=True, default='', max_length=200)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'stopped'), _negated=True), fields=('site', 'payer_type', 'payer_id'), name='one_autopay_per_payer'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'active'), _negated=True), ('method__isnull', False), _connector='OR'), name='active_autopay_has_method'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'stopped'), _negated=True), ('stopped_at__isnull', False), _connector='OR'), name='stopped_autopay_has_time')],
            },
        ),
        migrations.CreateModel(
            name='BalanceTransaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=10)),
                ('account', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='billing.provideraccount')),
                ('reference', models.CharField(max_length=120)),
                ('kind', models.CharField(choices=[('payment', 'payment'), ('refund', 'refund'), ('dispute', 'dispute'), ('payout', 'payout to the bank'), ('fee', "provider's fee"), ('other', 'other movement')], max_length=10)),
                ('source', models.CharField(blank=True, default='', max_length=120)),
                ('payment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='balance_transactions', to='billing.payment')),
                ('amount', models.BigIntegerField()),
                ('fee', models.BigIntegerField(default=0)),
                ('currency', models.CharField(max_length=3)),
                ('occurred_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('provider', 'reference', 'account'), name='balance_transaction_once', nulls_distinct=False)],
                'indexes': [models.Index(fields=['provider', 'account', 'occurred_at'], name='balance_transaction_time')],
            },
        ),
        migrations.CreateModel(
            name='BankAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bank_accounts', to='core.site')),
                ('name', models.CharField(max_length=80)),
                ('number', models.CharField(blank=True, default='', max_length=40)),
                ('matches_exact', models.BooleanField(default=False)),
                ('columns', models.JSONField(default=dict)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'name'), name='bank_account_name_once')],
            },
        ),
        migrations.CreateModel(
            name='BankLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.bankaccount')),
                ('key', models.CharField(max_length=64)),
                ('booked_on', models.DateField()),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('name', models.CharField(blank=True, default='', max_length=200)),
                ('text', models.CharField(blank=True, default='', max_length=1000)),
                ('reference', models.CharField(blank=True, default='', max_length=120)),
                ('state', models.CharField(choices=[('open', 'to be matched'), ('matched', 'matched'), ('outgoing', 'paid out')], default='open', max_length=10)),
                ('payment', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bank_line', to='billing.payment')),
                ('matches', models.PositiveIntegerField(default=0)),
                ('imported_at', models.DateTimeField()),
                ('imported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'key'), name='bank_line_once'), models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='bank_line_not_zero'), models.CheckConstraint(condition=models.Q(models.Q(('payment__isnull', False), ('state', 'matched')), models.Q(models.Q(('state', 'matched'), _negated=True), ('payment__isnull', True)), _connector='OR'), name='matched_line_has_payment')],
                'indexes': [models.Index(fields=['account', '-booked_on', '-id'], name='bank_line_by_date'), models.Index(condition=models.Q(('state', 'open')), fields=['account'], name='bank_line_open')],
            },
        ),
        migrations.CreateModel(
            name='Bill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bills', to='core.site')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('number', models.CharField(max_length=80)),
                ('payer_type', models.CharField(max_length=20)),
                ('payer_id', models.CharField(max_length=40)),
                ('payer_name', models.CharField(max_length=200)),
                ('payer_address', models.CharField(blank=True, default='', max_length=300)),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bills', to='estate.unit')),
                ('period', models.CharField(blank=True, default='', max_length=20)),
                ('issued_at', models.DateTimeField()),
                ('issued_on', models.DateField()),
                ('due_on', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('total', models.BigIntegerField()),
                ('vat_total', models.BigIntegerField(default=0)),
                ('payment_reference', models.CharField(max_length=25, unique=True)),
                ('snapshot', models.JSONField(default=dict)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'number'), name='bill_number_once'), models.CheckConstraint(condition=models.Q(('total__gte', 0)), name='bill_total_not_negative')],
                'indexes': [models.Index(fields=['site', '-issued_on', '-id'], name='bill_by_date'), models.Index(fields=['payer_type', 'payer_id', '-issued_on'], name='bill_of_payer'), models.Index(fields=['site', 'period', 'unit'], name='bill_of_period')],
            },
        ),
        migrations.CreateModel(
            name='BillingSettings',
            fields=[
                ('site', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='billing_settings', serialize=False, to='core.site')),
                ('allows_part_payment', models.BooleanField(default=False, verbose_name='part payments')),
                ('applies_credit', models.BooleanField(default=True, verbose_name='use credit for new bills')),
                ('penalty_order', models.CharField(choices=[('principal_first', 'fees before late fees'), ('penalty_first', 'late fees before fees')], default='principal_first', max_length=20, verbose_name='order of debts')),
                ('refund_limit', models.PositiveBigIntegerField(default=0, verbose_name='refunds without a second person')),
                ('waiver_limit', models.PositiveBigIntegerField(default=0, verbose_name='waivers without a second person')),
                ('due_days', models.PositiveSmallIntegerField(default=15, validators=[django.core.validators.MaxValueValidator(365)], verbose_name='days to pay')),
                ('link_days', models.PositiveSmallIntegerField(default=60, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)], verbose_name='days that the link of a bill works')),
                ('quiet_from', models.TimeField(default=datetime.time(21, 0), verbose_name='no messages from')),
                ('quiet_until', models.TimeField(default=datetime.time(8, 0), verbose_name='no messages until')),
            ],
        ),
        migrations.CreateModel(
            name='BillLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bill', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.bill')),
                ('charge', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='bill_line', to='billing.charge')),
                ('position', models.PositiveSmallIntegerField()),
                ('titles', models.JSONField(default=dict)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('bill', 'position'), name='bill_line_position_once')],
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='BillQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bill', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='billing.bill')),
                ('line', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='billing.billline')),
                ('text', models.CharField(max_length=1000)),
                ('email', models.EmailField(blank=True, default='', max_length=254)),
                ('language', models.CharField(blank=True, default='', max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('answer', models.CharField(blank=True, default='', max_length=2000)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at__isnull', True)), models.Q(('answered_at__isnull', False), models.Q(('answer', ''), _negated=True)), _connector='OR'), name='bill_question_answered')],
                'indexes': [models.Index(condition=models.Q(('answered_at', None)), fields=['bill'], name='bill_question_waiting')],
            },
        ),
        migrations.CreateModel(
            name='Collection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('autopay', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='collections', to='billing.autopay')),
                ('charge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='collections', to='billing.charge')),
                ('state', models.CharField(choices=[('notified', 'will be collected'), ('paid', 'paid'), ('over_limit', 'above the limit'), ('needs_payer', "needs the payer's confirmation"), ('declined', 'declined'), ('ended', 'no longer due')], default='notified', max_length=12)),
                ('amount', models.PositiveBigIntegerField()),
                ('notified_at', models.DateTimeField()),
                ('due_on', models.DateField()),
                ('tries', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('autopay', 'charge'), name='collected_once')],
                'indexes': [models.Index(condition=models.Q(('state', 'notified')), fields=['due_on'], name='collection_due')],
            },
        ),
        migrations.CreateModel(
            name='CreditNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bill', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='billing.bill')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='core.site')),
                ('number', models.CharField(max_length=80)),
                ('amount', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('reason', models.CharField(max_length=200)),
                ('issued_at', models.DateTimeField()),
                ('issued_on', models.DateField()),
                ('issued_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'number'), name='credit_note_number_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='credit_note_positive')],
                'indexes': [models.Index(fields=['site', '-issued_on', '-id'], name='credit_note_by_date')],
            },
        ),
        migrations.CreateModel(
            name='CreditNoteLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('credit_note', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.creditnote')),
                ('bill_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='billing.billline')),
                ('charge', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='credit_note_line', to='billing.charge')),
                ('amount', models.PositiveBigIntegerField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='credit_note_line_positive')],
            },
        ),
        migrations.CreateModel(
            name='Deposit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deposits', to='core.site')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('payer_type', models.CharField(max_length=20)),
                ('payer_id', models.CharField(max_length=40)),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deposits', to='estate.unit')),
                ('purpose', models.CharField(max_length=120)),
                ('amount', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='deposit_positive')],
                'indexes': [models.Index(fields=['site', '-created_at'], name='deposit_by_time'), models.Index(fields=['payer_type', 'payer_id'], name='deposit_of_payer')],
            },
        ),
        migrations.CreateModel(
            name='DepositSettlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('deposit', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='settlement', to='billing.deposit')),
                ('returned', models.PositiveBigIntegerField()),
                ('kept', models.PositiveBigIntegerField()),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
                ('settled_at', models.DateTimeField()),
                ('settled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kept', 0), models.Q(('reason', ''), _negated=True), _connector='OR'), name='kept_deposit_has_reason')],
            },
        ),
        migrations.CreateModel(
            name='Drawer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drawers', to='core.site')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('held_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('currency', models.CharField(max_length=3)),
                ('float_amount', models.PositiveBigIntegerField(default=0)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('expected', models.BigIntegerField(null=True)),
                ('counted', models.PositiveBigIntegerField(null=True)),
                ('destination', models.CharField(blank=True, choices=[('safe', 'the safe'), ('bank', 'the bank')], default='', max_length=4)),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('site', 'held_by'), name='one_open_drawer_per_person'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by__isnull', True), ('counted__isnull', True), ('destination', ''), ('expected__isnull', True)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), ('counted__isnull', False), ('destination__in', ['safe', 'bank']), ('expected__isnull', False)), _connector='OR'), name='closed_drawer_is_counted')],
                'indexes': [models.Index(fields=['site', '-opened_at', '-id'], name='drawer_by_time')],
            },
        ),
        migrations.CreateModel(
            name='FapiaoRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fapiao_requests', to='billing.payment')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('tax_number', models.CharField(blank=True, default='', max_length=20, verbose_name='tax number')),
                ('email', models.EmailField(blank=True, default='', max_length=254, verbose_name='email')),
                ('amount', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('state', models.CharField(choices=[('requested', 'requested'), ('issued', 'issued'), ('rejected', 'rejected'), ('red_requested', 'red-letter fapiao needed'), ('red_issued', 'reversed by red-letter fapiao')], default='requested', max_length=14)),
                ('number', models.CharField(blank=True, default='', max_length=40, verbose_name='fapiao number')),
                ('red_number', models.CharField(blank=True, default='', max_length=40, verbose_name='red-letter fapiao number')),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
                ('requested_at', models.DateTimeField()),
                ('handled_at', models.DateTimeField(null=True)),
                ('handled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['requested', 'issued', 'red_requested'])), fields=('payment',), name='one_active_fapiao_request'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['issued', 'red_requested', 'red_issued']), _negated=True), models.Q(('number', ''), _negated=True), _connector='OR'), name='issued_fapiao_has_number'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='fapiao_positive')],
                'indexes': [models.Index(fields=['requested_at', 'id'], name='fapiao_by_time')],
            },
        ),
        migrations.CreateModel(
            name='NumberCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.site')),
                ('kind', models.CharField(choices=[('bill', 'bill'), ('credit_note', 'credit note')], max_length=12)),
                ('year', models.PositiveSmallIntegerField()),
                ('last', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'kind', 'year'), name='number_counter_once')],
            },
        ),
        migrations.CreateModel(
            name='OfflineDetail',
            fields=[
                ('payment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='offline_detail', serialize=False, to='billing.payment')),
                ('reference', models.CharField(blank=True, default='', max_length=80)),
                ('dated_on', models.DateField()),
            ],
            options={
                'indexes': [models.Index(fields=['reference', 'dated_on'], name='offline_by_reference')],
            },
        ),
        migrations.CreateModel(
            name='OrganisationBilling',
            fields=[
                ('organisation', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='billing', serialize=False, to='core.organisation')),
                ('bank_name', models.CharField(blank=True, default='', max_length=120, verbose_name='bank')),
                ('bank_account', models.CharField(blank=True, default='', max_length=60, verbose_name='bank account')),
                ('phone', models.CharField(blank=True, default='', max_length=40, verbose_name='telephone')),
                ('bill_prefix', models.CharField(default='B', max_length=10, verbose_name='prefix of bill numbers')),
                ('credit_note_prefix', models.CharField(default='C', max_length=10, verbose_name='prefix of credit note numbers')),
            ],
        ),
        migrations.CreateModel(
            name='PaymentVoid',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='voids', to='billing.payment')),
                ('state', models.CharField(choices=[('requested', 'requested'), ('done', 'done'), ('cancelled', 'cancelled')], default='requested', max_length=10)),
                ('reason', models.CharField(max_length=200)),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requested_at', models.DateTimeField()),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'cancelled'), _negated=True), fields=('payment',), name='one_void_per_payment'), models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('requested_by')), _negated=True), _connector='OR'), name='void_approved_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'requested')), models.Q(models.Q(('state', 'requested'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='ended_void_has_time')],
            },
        ),
        migrations.CreateModel(
            name='ReconciliationDifference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reconciliation_differences', to='core.site')),
                ('provider', models.CharField(max_length=10)),
                ('kind', models.CharField(choices=[('missing_here', 'missing here'), ('missing_there', 'missing at the provider'), ('different', 'different amount')], max_length=20)),
                ('about', models.CharField(choices=[('payment', 'payment'), ('refund', 'refund'), ('dispute', 'dispute'), ('payout', 'payout to the bank'), ('fee', "provider's fee"), ('other', 'other movement')], max_length=10)),
                ('transaction', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='differences', to='billing.balancetransaction')),
                ('payment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='differences', to='billing.payment')),
                ('booked', models.BigIntegerField(null=True)),
                ('booked_currency', models.CharField(blank=True, default='', max_length=3)),
                ('reported', models.BigIntegerField(null=True)),
                ('reported_currency', models.CharField(blank=True, default='', max_length=3)),
                ('found_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.CharField(blank=True, default='', max_length=300)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('transaction__isnull', False)), fields=('kind', 'transaction'), name='difference_once_per_transaction'), models.UniqueConstraint(condition=models.Q(('transaction__isnull', True)), fields=('kind', 'payment'), name='difference_once_per_payment'), models.CheckConstraint(condition=models.Q(('decided_at__isnull', True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='difference_decided_with_reason')],
                'indexes': [models.Index(fields=['site', 'found_at', 'id'], name='difference_by_time')],
            },
        ),
        migrations.CreateModel(
            name='WriteOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='write_offs', to='core.site')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('payer_type', models.CharField(max_length=20)),
                ('payer_id', models.CharField(max_length=40)),
                ('amount', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('reason', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('requested', 'waits for a second person'), ('done', 'written off'), ('cancelled', 'cancelled'), ('reversed', 'reversed')], default='requested', max_length=10)),
                ('requested_at', models.DateTimeField()),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='write_off_positive'), models.CheckConstraint(condition=models.Q(('state', 'requested'), ('decided_at__isnull', False), _connector='OR'), name='decided_write_off_has_time')],
                'indexes': [models.Index(fields=['site', '-requested_at', '-id'], name='write_off_by_time')],
            },
        ),
        migrations.CreateModel(
            name='WriteOffLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('write_off', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.writeoff')),
                ('charge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='write_offs', to='billing.charge')),
                ('amount', models.PositiveBigIntegerField()),
                ('revision', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='write_off_line', to='billing.charge')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='write_off_line_positive'), models.UniqueConstraint(fields=('write_off', 'charge'), name='write_off_names_charge_once')],
            },
        ),
        migrations.RemoveConstraint(
            model_name='payment',
            name='paid_has_time_and_receipt',
        ),
        migrations.RemoveConstraint(
            model_name='providerevent',
            name='provider_event_once',
        ),
        migrations.AddField(
            model_name='payment',
            name='failure_code',
            field=models.CharField(blank=True, default='', max_length=60),
        ),
        migrations.AddField(
            model_name='payment',
            name='method',
            field=models.CharField(blank=True, default='', max_length=20),
        ),
        migrations.AddField(
            model_name='payment',
            name='payer_id',
            field=models.CharField(max_length=40, null=True),
        ),
        migrations.AddField(
            model_name='payment',
            name='payer_type',
            field=models.CharField(max_length=20, null=True),
        ),
        migrations.AddField(
            model_name='paymentitem',
            name='is_credit',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='allocation',
            name='charge',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='billing.charge'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='provider',
            field=models.CharField(choices=[('stripe', 'card or wallet'), ('offline', 'cash at the lane'), ('opening', 'opening balance')], max_length=10),
        ),
        migrations.AlterField(
            model_name='payment',
            name='state',
            field=models.CharField(choices=[('created', 'started'), ('pending', 'waiting for payer'), ('processing', 'waiting for bank'), ('paid', 'paid'), ('expired', 'expired'), ('failed', 'failed'), ('void', 'void')], default='created', max_length=10),
        ),
        migrations.AlterField(
            model_name='providerevent',
            name='provider',
            field=models.CharField(choices=[('stripe', 'card or wallet'), ('offline', 'cash at the lane'), ('opening', 'opening balance')], max_length=10),
        ),
        migrations.AddIndex(
            model_name='allocation',
            index=models.Index(condition=models.Q(('charge__isnull', True)), fields=['payment'], name='allocation_to_credit'),
        ),
        migrations.AddField(
            model_name='payment',
            name='account',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='billing.provideraccount'),
        ),
        migrations.AddField(
            model_name='providerevent',
            name='account',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='billing.provideraccount'),
        ),
        migrations.AddConstraint(
            model_name='providerevent',
            constraint=models.UniqueConstraint(fields=('provider', 'event_id', 'account'), name='provider_event_once', nulls_distinct=False),
        ),
        migrations.AddField(
            model_name='payment',
            name='saved_method',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='billing.savedmethod'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('payer_type__isnull', False)), fields=['payer_type', 'payer_id', '-created_at'], name='payment_of_payer'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('saved_method__isnull', False)), fields=['saved_method'], name='payment_of_saved_method'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('account__isnull', False)), fields=['account', 'created_at'], name='payment_of_account'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'paid'), _negated=True), models.Q(('paid_at__isnull', False), ('receipt_no__isnull', False)), models.Q(('paid_at__isnull', False), ('provider', 'opening')), _connector='OR'), name='paid_has_time_and_receipt'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('payer_id__isnull', True), ('payer_type__isnull', True)), models.Q(('payer_id__isnull', False), ('payer_type__isnull', False)), _connector='OR'), name='payment_payer_whole'),
        ),
        migrations.RunSQL(CREDIT),
        migrations.RunSQL(CHARGES),
        *(migrations.RunSQL(REFUSE.format(table, hint)) for table, hint in ISSUED.items()),
        migrations.RunSQL(FINAL),
    ]
