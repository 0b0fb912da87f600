"""Stays inside are found by a part of their plate without a table of every plate ever seen."""

from django.db import migrations

# `parking_plate_grams` stays: the index of stays by parts of their plates uses it.
DROP = """
DROP TRIGGER parking_stays_inserted ON parking_stay;
DROP TRIGGER parking_stay_renamed ON parking_stay;
DROP TRIGGER parking_passage_inserted ON access_passage;
DROP TRIGGER parking_passage_corrected ON access_passage;
DROP FUNCTION parking_see_plates;
DROP FUNCTION parking_see_new_plate;
"""


class Migration(migrations.Migration):
    dependencies = [("parking", "0011_part_of_a_plate")]
    operations = [migrations.RunSQL(DROP), migrations.DeleteModel("SeenPlate")]
