"""A plate is searched for by a part of it in the passages too, also where it has no stay."""

from django.db import migrations

# The function also ran for renamed stays, which are rare. Now it runs for every passage, whose plate
# is mostly known: it looks before it computes the pairs and draws a number from the sequence.
CREATE = """
CREATE OR REPLACE FUNCTION parking_see_new_plate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM parking_seenplate WHERE site_id = NEW.site_id AND folded = NEW.folded
    ) THEN
        INSERT INTO parking_seenplate (site_id, folded, grams)
        VALUES (NEW.site_id, NEW.folded, parking_plate_grams(NEW.site_id, NEW.folded))
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER parking_passage_inserted AFTER INSERT ON access_passage
FOR EACH ROW WHEN (NEW.folded <> '') EXECUTE FUNCTION parking_see_new_plate();

CREATE TRIGGER parking_passage_corrected AFTER UPDATE OF folded ON access_passage
FOR EACH ROW WHEN (NEW.folded <> '' AND OLD.folded <> NEW.folded)
EXECUTE FUNCTION parking_see_new_plate();

INSERT INTO parking_seenplate (site_id, folded, grams)
SELECT site_id, folded, parking_plate_grams(site_id, folded)
FROM (SELECT DISTINCT site_id, folded FROM access_passage WHERE folded <> '') known
ON CONFLICT DO NOTHING
"""
DROP = """
DROP TRIGGER parking_passage_inserted ON access_passage;
DROP TRIGGER parking_passage_corrected ON access_passage;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("parking", "0007_timeline_of_stays"),
        ("access", "0005_seen_at_of_look_alikes"),
    ]
    operations = [migrations.RunSQL(CREATE, DROP)]
