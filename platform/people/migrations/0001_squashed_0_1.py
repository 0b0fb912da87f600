"""Nothing to do: it was a squashed migration, and is recorded in databases made since 0.1."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = []
