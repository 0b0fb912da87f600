"""Give each stay of version 0.1 its charge, and its payments their items and allocations.

The books stay as they are: version 0.1 posted a payment for a stay to income at once, also while
the car was inside. A stay's charge is as large as the money that was posted to income for it, where
that is more than its price, so that no allocation exceeds its charge.
"""

from django.db import migrations

CHARGES = """
INSERT INTO billing_charge (
    site_id, source_type, source_id, period, revision, amount, currency, vat_rate, vat_amount,
    lines, begins_at, ends_at, due_at, state, created_at, opened_at
)
SELECT
    s.site_id, 'stay', s.public_id, '', 0,
    CASE s.status WHEN 'closed' THEN greatest(coalesce(s.price, 0), paid.amount) ELSE paid.amount END,
    s.currency, 0, 0,
    CASE s.status WHEN 'closed' THEN s.lines ELSE '[]' END,
    s.entered_at, s.left_at, s.left_at,
    CASE
        WHEN s.status = 'open' THEN 'draft'
        WHEN s.status = 'closed' AND paid.amount < coalesce(s.price, 0) THEN 'open'
        WHEN s.status = 'closed' OR paid.amount > 0 THEN 'settled'
        ELSE 'cancelled'
    END,
    s.entered_at,
    s.left_at
FROM parking_stay s
CROSS JOIN LATERAL (
    SELECT coalesce(sum(p.amount), 0) AS amount FROM parking_staypayment p WHERE p.stay_id = s.id
) paid
WHERE s.status IN ('open', 'closed')
    OR EXISTS (SELECT FROM billing_payment p WHERE p.stay_id = s.id)
"""
ITEMS = """
INSERT INTO billing_paymentitem (
    payment_id, charge_id, amount, offered_at, expires_at, lines, basis, is_under_way
)
SELECT
    p.id, c.id, p.amount, q.at, q.expires_at, coalesce(q.lines, '[]'), coalesce(q.tariff, ''), false
FROM billing_payment p
JOIN parking_stay s ON s.id = p.stay_id
JOIN billing_charge c ON c.source_type = 'stay' AND c.source_id = s.public_id
LEFT JOIN parking_quote q ON q.id = p.quote_id
"""
ALLOCATIONS = """
INSERT INTO billing_allocation (payment_id, charge_id, amount, created_at)
SELECT p.id, i.charge_id, sp.amount, sp.at
FROM parking_staypayment sp
JOIN billing_payment p ON sp.reference = 'payment:' || p.public_id
JOIN billing_paymentitem i ON i.payment_id = p.id
"""
ORPHANS = """
DO $$
DECLARE orphans bigint;
BEGIN
    SELECT count(*) INTO orphans FROM parking_staypayment sp WHERE NOT EXISTS (
        SELECT FROM billing_payment p
        WHERE sp.reference = 'payment:' || p.public_id AND p.stay_id = sp.stay_id
    );
    IF orphans > 0 THEN
        RAISE EXCEPTION '% rows of parking_staypayment belong to no payment of their stay', orphans;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    # It reads parking's tables of version 0.1, which every database that gets here has. A dependency
    # would close a circle of the squashed migrations: parking's refers to billing.
    dependencies = [("billing", "0003_charges_and_allocations")]
    operations = [
        migrations.RunSQL([ORPHANS, CHARGES, ITEMS, ALLOCATIONS], migrations.RunSQL.noop)
    ]
