"""A small kind of list for tests: buildings, with columns of every type."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from core import audit
from core.errors import Rejection
from core.imports import Effect, ImportKind, Outcome, Staged, Values, Verdict
from core.models import Site, User
from core.tables import (
    Choice,
    Code,
    DateColumn,
    DecimalColumn,
    Email,
    Phone,
    Text,
    WholeNumber,
    YesNo,
)
from estate.models import Building


class Buildings(ImportKind):
    """Buildings by code, with a name; the other columns are only parsed."""

    code = "tests.buildings"
    title = "Buildings"
    about = "One building a row."
    permission = "estate.manage_places"
    other_key_column = "badge"
    columns = (
        Code(code="code", title="Code", required=True, longest=20, example="A"),
        Text(code="name", title="Name", required=True, longest=40, example="Building A"),
        Code(code="badge", title="Badge"),
        DecimalColumn(code="area", title="Area", places=2, maximum=Decimal(10_000)),
        DateColumn(code="opened", title="Opened"),
        WholeNumber(code="floors", title="Floors", maximum=200),
        Phone(code="phone", title="Phone"),
        Email(code="email", title="E-mail"),
        YesNo(code="lift", title="Lift"),
        Choice(code="colour", title="Colour", choices={"blue": "blue", "green": "green"}),
    )

    def normalise(self, site: Site, values: dict[str, Any]) -> None:
        if values.get("floors") == 13:
            raise Rejection("floors", "unlucky", "is 13", "enter 12 or 14")

    def key(self, values: Values) -> str:
        return str(values["code"])

    def other_key(self, values: Values) -> str:
        return str(values.get("badge") or "")

    def check(self, site: Site, rows: Sequence[Staged], earlier: Sequence[Staged]) -> list[Verdict]:
        codes = [row.values["code"] for row in rows]
        known = {each.code: each for each in Building.objects.filter(site=site, code__in=codes)}
        return [self._verdict(row, known.get(row.values["code"])) for row in rows]

    def _verdict(self, row: Staged, building: Building | None) -> Verdict:
        verdict = Verdict(target=building)
        if building is not None:
            verdict.compare({"name": building.name}, row.values)
        if row.values["name"] == "forbidden":
            verdict.reject(Rejection("name", "forbidden", "is forbidden", "choose another"))
        return verdict

    def apply(
        self, site: Site, actor: User, rows: Sequence[tuple[Staged, Verdict]]
    ) -> list[Effect]:
        effects = []
        for row, verdict in rows:
            before: Values = {}
            building = verdict.target or Building(site=site, code=row.values["code"])
            if verdict.outcome == Outcome.CHANGED:
                before = {"name": building.name}
            building.name = row.values["name"]
            building.save()
            audit.record(site, actor, "create building", ("building", building.pk))
            after = {"name": building.name} if before else {}
            effects.append(Effect("building", building.pk, before, after))
        return effects

    def undo(self, site: Site, actor: User, effects: Sequence[Effect]) -> None:
        for effect in effects:
            building = Building.objects.get(pk=effect.subject_id)
            if building.units.exists():
                raise Rejection("batch", "in_use", f"{building.code} has units", "remove them")
            if effect.before:
                building.name = effect.before["name"]
                building.save()
            else:
                building.delete()
