"""A migration that creates all models of an app at once."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class InitialMigration(migrations.Migration):
    """A migration whose operations all run with the state after the last of them.

    After each operation, Django renders every model that is connected with the changed one, which
    takes time quadratic in the number of models. Squashed migrations only create, so no operation
    needs an earlier state, and one rendering per app is enough.
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
        vars(project_state).pop("apps", None)
        self.mutate_state(project_state, preserve=False)
        for operation in self.operations:
            operation.database_forwards(self.app_label, schema_editor, project_state, project_state)
        return project_state
