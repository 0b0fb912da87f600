"""The unit of a person becomes an occupancy; a trigger limits shares of ownership."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db import migrations
from django.db.models import Min
from django.utils import timezone

BATCH = 1000

# The largest sum of shares is reached on a day on which an occupancy begins. The lock makes a
# second writer wait, so that its check sees the rows of the first.
CHECK_SHARES = """
CREATE FUNCTION people_check_shares() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    excess date;
BEGIN
    PERFORM 1 FROM estate_unit WHERE id = NEW.unit_id FOR NO KEY UPDATE;
    PERFORM 1 FROM estate_bay WHERE id = NEW.bay_id FOR NO KEY UPDATE;
    SELECT first.begins_on INTO excess FROM people_occupancy first
    WHERE (first.unit_id = NEW.unit_id OR first.bay_id = NEW.bay_id)
        AND first.begins_on >= NEW.begins_on
        AND (NEW.ends_on IS NULL OR first.begins_on < NEW.ends_on)
        AND (
            SELECT sum(each.share) FROM people_occupancy each
            WHERE (each.unit_id = NEW.unit_id OR each.bay_id = NEW.bay_id)
                AND each.begins_on <= first.begins_on
                AND (each.ends_on IS NULL OR each.ends_on > first.begins_on)
        ) > 1
    LIMIT 1;
    IF excess IS NOT NULL THEN
        RAISE EXCEPTION 'shares of ownership exceed 1 on %', excess
            USING ERRCODE = 'check_violation', CONSTRAINT = 'occupancy_shares_at_most_one',
                TABLE = 'people_occupancy';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER occupancy_shares_at_most_one
AFTER INSERT OR UPDATE ON people_occupancy
DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW
WHEN (NEW.share IS NOT NULL) EXECUTE FUNCTION people_check_shares();
"""
DROP_CHECK = """
DROP TRIGGER occupancy_shares_at_most_one ON people_occupancy;
DROP FUNCTION people_check_shares();
"""


def move_units(apps, schema_editor):
    """Begin an occupancy for each person with a unit, on the day their first car was registered.

    The register did not hold whether they own it, so they become tenants.
    """
    Person, Occupancy = apps.get_model("people", "Person"), apps.get_model("people", "Occupancy")
    housed = Person.objects.exclude(unit=None).select_related("site")
    rows = []
    for person in housed.annotate(since=Min("vehicles__begins_at")).order_by("pk").iterator():
        zone = ZoneInfo(person.site.timezone)
        today = timezone.now().astimezone(zone).date()
        since = person.since.astimezone(zone).date() if person.since else today
        rows.append(
            Occupancy(
                site_id=person.site_id,
                unit_id=person.unit_id,
                person_id=person.pk,
                role="tenant",
                begins_on=min(since, today),
            )
        )
    Occupancy.objects.bulk_create(rows, batch_size=BATCH)


def move_back(apps, schema_editor):
    """Give each person the unit of the occupancy that runs and began last."""
    Person, Occupancy = apps.get_model("people", "Person"), apps.get_model("people", "Occupancy")
    tomorrow = timezone.now().date() + timedelta(days=1)
    running = Occupancy.objects.exclude(person=None).exclude(unit=None).filter(ends_on=None)
    for each in running.filter(begins_on__lte=tomorrow).order_by("begins_on", "pk").iterator():
        Person.objects.filter(pk=each.person_id).update(unit_id=each.unit_id)


class Migration(migrations.Migration):
    dependencies = [("people", "0010_occupancies")]

    operations = [
        migrations.RunSQL(CHECK_SHARES, DROP_CHECK),
        migrations.RunPython(move_units, move_back),
    ]
