"""Charges, what a payment is for and how it was used; account types and parties in the ledger."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

# A change of type rewrites the table without an UPDATE, which the ledger's triggers may refuse.
ACCOUNT_TYPES = """
ALTER TABLE billing_account ADD COLUMN type varchar(10);
ALTER TABLE billing_account ALTER COLUMN type TYPE varchar(10) USING (
    CASE code
        WHEN 'cash' THEN 'asset'
        WHEN 'stripe' THEN 'asset'
        WHEN 'parking' THEN 'income'
        WHEN 'refunds_due' THEN 'liability'
        WHEN 'suspense' THEN 'liability'
    END
);
ALTER TABLE billing_account ALTER COLUMN type SET NOT NULL;
"""
DROP_ACCOUNT_TYPES = "ALTER TABLE billing_account DROP COLUMN type;"

TRIGGERS = """
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

CREATE FUNCTION allocation_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an allocation is final: add one that releases it'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER allocation_is_final BEFORE UPDATE OR DELETE ON billing_allocation
    FOR EACH ROW EXECUTE FUNCTION allocation_is_final();

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
DROP_TRIGGERS = """
DROP TRIGGER payment_items_follow_state ON billing_payment;
DROP FUNCTION payment_items_follow_state();
DROP TRIGGER payment_item_under_way ON billing_paymentitem;
DROP FUNCTION payment_item_under_way();
DROP FUNCTION payment_may_be_paid(billing_payment);
DROP TRIGGER charge_still_covers_allocations ON billing_charge;
DROP FUNCTION charge_still_covers_allocations();
DROP TRIGGER allocation_within_bounds ON billing_allocation;
DROP FUNCTION allocation_within_bounds();
DROP FUNCTION charge_covers_allocations(bigint);
DROP TRIGGER allocation_is_final ON billing_allocation;
DROP FUNCTION allocation_is_final();
DROP TRIGGER posted_charge_is_final ON billing_charge;
DROP FUNCTION posted_charge_is_final();
"""
PARTY = Q(party_type__isnull=True, party_id__isnull=True) | Q(
    party_type__isnull=False, party_id__isnull=False
)
PAYER = Q(payer_type__isnull=True, payer_id__isnull=True) | Q(
    payer_type__isnull=False, payer_id__isnull=False
)
CHARGE_STATES = [
    ("draft", "not final"),
    ("open", "to be paid"),
    ("settled", "paid"),
    ("cancelled", "cancelled"),
]
ACCOUNT_TYPE_CHOICES = [
    ("asset", "asset"),
    ("liability", "liability"),
    ("income", "income"),
    ("expense", "expense"),
]


def foreign_key(to: str, related_name: str, **options: object) -> models.ForeignKey:
    on_delete = options.pop("on_delete", django.db.models.deletion.PROTECT)
    return models.ForeignKey(on_delete=on_delete, related_name=related_name, to=to, **options)


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_books_are_immutable"), ("core", "0001_squashed_0_1")]
    operations = [
        migrations.RemoveConstraint("payment", "one_checkout_under_way"),
        migrations.AlterField("account", "code", models.CharField(max_length=20)),
        migrations.RunSQL(
            ACCOUNT_TYPES,
            DROP_ACCOUNT_TYPES,
            state_operations=[
                migrations.AddField(
                    "account",
                    "type",
                    models.CharField(max_length=10, choices=ACCOUNT_TYPE_CHOICES),
                    preserve_default=False,
                )
            ],
        ),
        migrations.AddConstraint(
            "account",
            models.CheckConstraint(
                condition=Q(type__in=["asset", "liability", "income", "expense"]),
                name="account_type_valid",
            ),
        ),
        migrations.CreateModel(
            name="Charge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("site", foreign_key("core.site", "charges")),
                ("payer_type", models.CharField(max_length=20, null=True)),
                ("payer_id", models.CharField(max_length=40, null=True)),
                ("source_type", models.CharField(max_length=20)),
                ("source_id", models.CharField(max_length=40)),
                ("period", models.CharField(blank=True, default="", max_length=20)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("amount", models.BigIntegerField(default=0)),
                ("currency", models.CharField(max_length=3)),
                ("vat_rate", models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                ("vat_amount", models.BigIntegerField(default=0)),
                ("lines", models.JSONField(default=list)),
                ("begins_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("state", models.CharField(choices=CHARGE_STATES, default="draft", max_length=10)),
                ("created_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(condition=Q(state="open"), fields=["site", "due_at"], name="charge_unpaid")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source_type", "source_id", "period", "revision"),
                        name="charge_once_per_cause",
                    ),
                    models.CheckConstraint(condition=PAYER, name="charge_payer_whole"),
                    models.CheckConstraint(
                        condition=Q(amount__gte=0) | Q(revision__gt=0), name="charge_amount_sign"
                    ),
                    models.CheckConstraint(
                        condition=Q(state__in=["draft", "cancelled"]) | Q(opened_at__isnull=False),
                        name="posted_charge_has_time",
                    ),
                    models.CheckConstraint(
                        condition=Q(begins_at__isnull=True)
                        | Q(ends_at__isnull=True)
                        | Q(ends_at__gte=F("begins_at")),
                        name="charge_period_ordered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("payment", foreign_key("billing.payment", "items", on_delete=django.db.models.deletion.CASCADE)),
                ("charge", foreign_key("billing.charge", "payment_items")),
                ("amount", models.PositiveBigIntegerField()),
                ("offered_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("lines", models.JSONField(default=list)),
                ("basis", models.CharField(blank=True, default="", max_length=80)),
                ("is_under_way", models.BooleanField(default=False, editable=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("payment", "charge"), name="payment_item_once"),
                    models.UniqueConstraint(
                        condition=Q(is_under_way=True), fields=("charge",), name="one_checkout_under_way"
                    ),
                    models.CheckConstraint(condition=Q(amount__gt=0), name="payment_item_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Allocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("payment", foreign_key("billing.payment", "allocations")),
                ("charge", foreign_key("billing.charge", "allocations")),
                ("amount", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=~Q(amount=0), name="allocation_not_zero")
                ],
            },
        ),
        migrations.AddField("ledgerline", "party_type", models.CharField(max_length=20, null=True)),
        migrations.AddField("ledgerline", "party_id", models.CharField(max_length=40, null=True)),
        migrations.AddField("ledgerline", "charge", foreign_key("billing.charge", "ledger_lines", null=True)),
        migrations.AddConstraint(
            "ledgerline", models.CheckConstraint(condition=PARTY, name="ledger_party_whole")
        ),
        migrations.AddIndex(
            "ledgerline",
            models.Index(
                condition=Q(party_type__isnull=False),
                fields=["party_type", "party_id"],
                name="ledger_line_of_party",
            ),
        ),
        migrations.RunSQL(TRIGGERS, DROP_TRIGGERS),
    ]
