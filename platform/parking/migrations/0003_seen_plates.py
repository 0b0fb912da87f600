"""One row per plate and site, by which stays are found from a part of their plate.

The rows are kept by triggers, so that stays written in bulk are found too.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

FUNCTIONS = """
CREATE FUNCTION parking_plate_grams(site bigint, folded text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT site || ':' || substr(folded, n, 2)), '{}')
    FROM generate_series(1, length(folded) - 1) n
$$;

CREATE FUNCTION parking_see_plates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO parking_seenplate (site_id, folded, grams)
    SELECT added.site_id, added.folded, parking_plate_grams(added.site_id, added.folded)
    FROM (SELECT DISTINCT site_id, folded FROM inserted) added
    WHERE NOT EXISTS (
        SELECT 1 FROM parking_seenplate seen
        WHERE seen.site_id = added.site_id AND seen.folded = added.folded
    )
    ORDER BY added.site_id, added.folded
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION parking_see_new_plate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO parking_seenplate (site_id, folded, grams)
    VALUES (NEW.site_id, NEW.folded, parking_plate_grams(NEW.site_id, NEW.folded))
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER parking_stays_inserted AFTER INSERT ON parking_stay
REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION parking_see_plates();

CREATE TRIGGER parking_stay_renamed AFTER UPDATE OF folded, site_id ON parking_stay
FOR EACH ROW WHEN (OLD.folded IS DISTINCT FROM NEW.folded OR OLD.site_id <> NEW.site_id)
EXECUTE FUNCTION parking_see_new_plate();

INSERT INTO parking_seenplate (site_id, folded, grams)
SELECT site_id, folded, parking_plate_grams(site_id, folded)
FROM (SELECT DISTINCT site_id, folded FROM parking_stay) known
"""
DROP = """
DROP TRIGGER parking_stays_inserted ON parking_stay;
DROP TRIGGER parking_stay_renamed ON parking_stay;
DROP FUNCTION parking_see_plates;
DROP FUNCTION parking_see_new_plate;
DROP FUNCTION parking_plate_grams;
"""


class Migration(migrations.Migration):
    dependencies = [("parking", "0002_payments_are_billings")]
    operations = [
        migrations.CreateModel(
            name="SeenPlate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("folded", models.CharField(max_length=16)),
                (
                    "grams",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24), size=None
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="core.site",
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["grams"], name="seen_plate_part", fastupdate=False
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=["site", "folded"], name="seen_plate_once")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="stay",
            index=models.Index(fields=["site", "folded", "-entered_at"], name="stay_of_site_plate"),
        ),
        migrations.RunSQL(FUNCTIONS, DROP),
    ]
