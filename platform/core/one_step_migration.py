"""A migration that takes an app's models from one state to the next in one step."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class OneStepMigration(migrations.Migration):
    """A migration whose operations run with the state before the first and after the last of them.

    After each operation, Django renders every model that is connected with the changed one, which
    takes most of the time of a migration with many operations. Here all models are rendered twice.
    So no operation may need a state between the two: a field is changed once at most, and what
    changes rows by models belongs into a plain migration.
    """

    def apply(
        self,
        project_state: ProjectState,
        schema_editor: BaseDatabaseSchemaEditor,
        collect_sql: bool = False,
    ) -> ProjectState:
        """Change the state by all operations, then the database by each of them."""
        if collect_sql:  # `sqlmigrate` comments on each operation
            return super().apply(project_state, schema_editor, collect_sql)
        project_state.clear_delayed_apps_cache()
        rendered = vars(project_state).pop("apps", None)
        after = self.mutate_state(project_state, preserve=True)
        if rendered is not None:
            vars(project_state)["apps"] = rendered
        for operation in self.operations:
            operation.database_forwards(self.app_label, schema_editor, project_state, after)
        return after
