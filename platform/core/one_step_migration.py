"""A migration that takes an app's models from one state to the next in one step."""

from collections.abc import Iterable, Iterator

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddField, CreateModel, RunPython
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import IndexOperation, ModelOperation
from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.db.migrations.utils import resolve_relation
from django.utils.functional import SimpleLazyObject

_Key = tuple[str, str]


class OneStepMigration(migrations.Migration):
    """A migration whose operations run with the state before the first and after the last of them.

    After each operation, Django renders every model that is connected with the changed one, which
    takes most of the time of a migration. Here only the models that the operations concern are
    rendered, twice. So no operation may need a state between the two: a field is changed once at
    most, and what changes rows by models belongs into a plain migration. A model that is created
    here has all of its later fields, indexes and constraints at once; a function that fills its
    table gets the last state.
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
        vars(project_state).pop("apps", None)
        after = self.mutate_state(project_state, preserve=True)
        operations = self._remaining_operations()
        old, new = (_concerned(each, self.app_label, operations) for each in (project_state, after))
        for operation in operations:
            since = new if isinstance(operation, RunPython) else old
            operation.database_forwards(self.app_label, schema_editor, since, new)
        _render_on_demand(after)
        return after

    def _remaining_operations(self) -> list[Operation]:
        """Return the operations without those on a model that is created in its final state."""
        created = {each.name_lower for each in self.operations if isinstance(each, CreateModel)}
        return [
            each
            for each in self.operations
            if not isinstance(each, FieldOperation | IndexOperation)
            or each.model_name_lower not in created
        ]


def _render_on_demand(state: ProjectState) -> None:
    """Have all models of a state rendered when they are used, not before the next migration."""
    vars(state)["apps"] = SimpleLazyObject(lambda: StateApps(list(state.real_apps), state.models))


def _concerned(state: ProjectState, app: str, operations: Iterable[Operation]) -> ProjectState:
    """Return the part of a state that the operations need: their models and what these refer to.

    A changed or removed key takes the foreign keys of other models with it, so that the models
    which refer to a changed one are part of it, too.
    """
    names, changed = _names(operations)
    keys = {(app, name) for name in names} & state.models.keys()
    keys |= {
        key
        for key, model in state.models.items()
        if not changed.isdisjoint(name for label, name in _references(model) if label == app)
    }
    found: set[_Key] = set()
    while keys:
        found |= keys
        keys = {to for key in keys for to in _references(state.models[key])} & state.models.keys()
        keys -= found
    return ProjectState({key: state.models[key] for key in found}, real_apps=state.real_apps)


def _names(operations: Iterable[Operation]) -> tuple[set[str], set[str]]:
    """Return the names of the models of the operations, and of those that do more than add."""
    names: set[str] = set()
    changed: set[str] = set()
    for operation in operations:
        if isinstance(operation, FieldOperation | IndexOperation):
            own = {operation.model_name_lower}
        elif isinstance(operation, ModelOperation):
            own = {operation.name_lower, getattr(operation, "new_name_lower", operation.name_lower)}
        else:
            inner = getattr(operation, "database_operations", ())
            own, inner_changed = _names(inner)
            changed |= inner_changed
        names |= own
        if not isinstance(operation, AddField | CreateModel | IndexOperation):
            changed |= own
    return names, changed


def _references(model: ModelState) -> Iterator[_Key]:
    """Yield the models to which a model's fields, bases and join tables refer."""
    for field in model.fields.values():
        remote = field.remote_field
        for to in (getattr(remote, "model", None), getattr(remote, "through", None)):
            if to is not None:
                yield resolve_relation(to, model.app_label, model.name_lower)
    for base in model.bases:
        if isinstance(base, str):
            yield resolve_relation(base)
