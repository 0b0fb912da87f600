"""Adopt the table of memberships from core, and make roles and permissions rows."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_membership_moves_to_people"),
        ("people", "0001_squashed_0_1"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("role", models.CharField(max_length=20)),
                        ("site", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="core.site")),
                        ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("user", "site", "role"), name="membership_once"),
                            models.CheckConstraint(condition=models.Q(("role__in", ["manager", "guard", "finance", "security", "technician"])), name="membership_role_known"),
                        ],
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="Permission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=80, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Role",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("site", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="roles", to="core.site")),
            ],
            options={"verbose_name": "role", "verbose_name_plural": "roles"},
        ),
        migrations.CreateModel(
            name="RolePermission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("permission", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="grants", to="people.permission")),
                ("role", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="grants", to="people.role")),
            ],
        ),
        migrations.AddField(
            model_name="role",
            name="permissions",
            field=models.ManyToManyField(related_name="roles", through="people.RolePermission", to="people.permission"),
        ),
        migrations.AddConstraint(
            model_name="role",
            constraint=models.UniqueConstraint(fields=("site", "code"), name="role_code_once", nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name="rolepermission",
            constraint=models.UniqueConstraint(fields=("role", "permission"), name="role_permission_once"),
        ),
        migrations.RemoveConstraint(model_name="membership", name="membership_once"),
        migrations.RemoveConstraint(model_name="membership", name="membership_role_known"),
        migrations.RenameField(model_name="membership", old_name="role", new_name="role_code"),
        migrations.AddField(
            model_name="membership",
            name="role",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="people.role"),
        ),
    ]
