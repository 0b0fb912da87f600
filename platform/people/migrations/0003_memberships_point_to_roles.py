"""Create the standard roles and point each membership to its own.

Their permissions are granted after migrate (people.roles.sync_standard_roles).
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

STANDARD = ("manager", "guard", "finance", "security", "technician")


def point_to_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    role_model = apps.get_model("people", "Role")
    memberships = apps.get_model("people", "Membership").objects
    for code in STANDARD:
        role, _created = role_model.objects.get_or_create(
            site=None, code=code, defaults={"name": code.capitalize()}
        )
        memberships.filter(role_code=code).update(role=role)


class Migration(migrations.Migration):
    dependencies = [("people", "0002_roles_as_rows")]
    operations = [migrations.RunPython(point_to_roles, migrations.RunPython.noop)]
