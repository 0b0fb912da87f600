"""The list of cars: plates with the person or company to whom each is registered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from access.permissions import AccessPermission
from core import audit, clock, validation
from core.copying import copy_rows
from core.errors import Rejection
from core.events import publish_together
from core.imports import (
    Effect,
    ImportKind,
    Outcome,
    Staged,
    Values,
    Verdict,
    changed_since,
    register,
)
from core.models import Site, User
from core.plates import fold
from core.tables import Code, DateColumn, LastDay, Text, YesNo
from estate.unit_lookup import building_column, require_both, unit_column
from people.events import VehicleRegistered
from people.imports.columns import phone_column
from people.imports.companies import CompanyRegister
from people.imports.matching import Register
from people.models import Company, Holder, Person, Vehicle
from people.plates import validate_plate

_DAY = timedelta(days=1)


class VehiclesList(ImportKind):
    """A car a row, by its plate."""

    code = "vehicles"
    title = gettext_lazy("Cars of residents and companies")
    about = gettext_lazy("One car per row, with the person or company to whom it is registered.")
    permission = AccessPermission.MANAGE_LISTS
    order = 5
    personal = True
    columns = (
        Code(
            code="plate",
            title=gettext_lazy("Plate"),
            required=True,
            longest=20,
            aliases=("车牌", "车牌号", "车牌号码", "license plate"),
            example="沪A12345",
        ),
        Text(
            code="name",
            title=pgettext_lazy("of a person", "Name"),
            help=gettext_lazy("Of the person to whom the car is registered."),
            longest=120,
            aliases=("姓名", "车主", "业主姓名", "owner"),
            example="王小明",
        ),
        Text(
            code="company",
            title=gettext_lazy("Company"),
            help=gettext_lazy("The company to which the car is registered, instead of a person."),
            longest=160,
            aliases=("公司名称", "企业名称", "单位名称"),
            example="",
        ),
        building_column(),
        unit_column(),
        phone_column(gettext_lazy("Of the person; tells people of one name apart.")),
        DateColumn(
            code="begins_on",
            title=gettext_lazy("From"),
            help=gettext_lazy("The first day; now if empty."),
            aliases=("开始日期", "valid from"),
            example="2026-01-01",
        ),
        LastDay(
            code="ends_on",
            title=gettext_lazy("Last day"),
            help=gettext_lazy("The last day; empty if it goes on."),
            aliases=("到期日期", "结束日期", "until", "valid until"),
            example="",
        ),
        YesNo(
            code="unusual_plate",
            title=gettext_lazy("Unusual plate"),
            help=gettext_lazy("Yes if the plate is spelled unlike those of the site's countries."),
            aliases=("特殊车牌",),
            example="",
        ),
    )

    def normalise(self, site: Site, values: dict[str, Any]) -> None:
        """Spell the plate as the register does, and check the days."""
        values["plate"] = validate_plate(
            site, values["plate"], unusual_plate=bool(values.get("unusual_plate"))
        )
        require_both(values)
        _require_one_holder(values)
        if values.get("begins_on"):
            validation.require_order(values["begins_on"], values.get("ends_on"), "ends_on")

    def key(self, values: Values) -> str:
        """Return the plate."""
        return str(values["plate"])

    def check(self, site: Site, rows: Sequence[Staged], earlier: Sequence[Staged]) -> list[Verdict]:
        """Find each row's person or company, and compare the plate's registration."""
        holders = _Holders(site, [row.values for row in rows])
        plates = [row.values["plate"] for row in rows]
        known: dict[str, list[Vehicle]] = {}
        vehicles = Vehicle.objects.filter(site=site, plate__in=plates)
        for each in vehicles.select_related("person", "company").order_by("begins_at"):
            known.setdefault(each.plate, []).append(each)
        return [_verdict(site, row, holders, known.get(row.values["plate"], [])) for row in rows]

    def apply(
        self, site: Site, actor: User, rows: Sequence[tuple[Staged, Verdict]]
    ) -> list[Effect]:
        """Register cars, and set other ends of registrations."""
        created = copy_rows(
            _vehicle(site, row.values, verdict.target)
            for row, verdict in rows
            if verdict.outcome == Outcome.NEW
        )
        audit.record_all(
            site, actor, "register vehicle", [(("vehicle", each.pk), {}) for each in created]
        )
        if created:
            publish_together(
                [VehicleRegistered(site.pk, each.plate, each.begins_at) for each in created]
            )
        effects = [Effect("vehicle", each.pk) for each in created]
        changed = [pair for pair in rows if pair[1].outcome == Outcome.CHANGED]
        return effects + _change_ends(site, actor, changed)

    def undo(self, site: Site, actor: User, effects: Sequence[Effect]) -> None:
        """Remove registrations, unless they were changed since; restore the ends of others."""
        rows = Vehicle.objects.in_bulk([each.subject_id for each in effects])
        removed = []
        for effect in effects:
            vehicle = rows.get(effect.subject_id)
            if effect.after:
                if vehicle is None or _plain(vehicle.ends_at) != effect.after["ends_at"]:
                    raise changed_since(vehicle.plate if vehicle else "–")
                vehicle.ends_at = _instant(effect.before["ends_at"])
            elif vehicle is not None:
                removed.append(vehicle.pk)
        restored = [rows[each.subject_id] for each in effects if each.after]
        Vehicle.objects.bulk_update(restored, ["ends_at"], batch_size=200)
        Vehicle.objects.filter(pk__in=removed).delete()
        subjects: list[tuple[audit.Subject, Values]]
        subjects = [(("vehicle", each.subject_id), {}) for each in effects]
        audit.record_all(site, actor, "undo import", subjects)


class _Holders:
    """The people and companies of the site whom some rows name."""

    def __init__(self, site: Site, rows: Sequence[Values]) -> None:
        self._people = Register(site, [values for values in rows if values.get("name")])
        named = [{"name": values["company"]} for values in rows if values.get("company")]
        self._companies = CompanyRegister(site, named)

    def find(self, values: Values) -> Holder:
        """Return the person or company of a row.

        Raises:
            Rejection: there is none, or several could be meant.
        """
        if values.get("company"):
            return self._find_company(values["company"])
        person = self._people.find(values)
        if person is None:
            raise Rejection(
                "name",
                "unknown_person",
                _("is not registered at the site with this phone or unit"),
                _("import the person first, or correct the name, phone or unit"),
            )
        return person

    def _find_company(self, name: str) -> Holder:
        try:
            company = self._companies.find({"name": name})
        except Rejection as rejection:
            raise replace(
                rejection, field="company", hint=_("register the car on the company's page")
            ) from None
        if company is None:
            raise Rejection(
                "company",
                "unknown_company",
                _("is not registered at the site"),
                _("import the company first, or correct its name"),
            )
        return company


def _require_one_holder(values: Values) -> None:
    if bool(values.get("name")) == bool(values.get("company")):
        raise Rejection(
            "name",
            "one_holder",
            _("a car is registered to one person or one company"),
            _("enter either a name or a company"),
        )


def _verdict(site: Site, row: Staged, holders: _Holders, known: Sequence[Vehicle]) -> Verdict:
    verdict = Verdict()
    try:
        holder = holders.find(row.values)
        verdict.target = holder
        begins_at, ends_at = _period(site, row.values)
        existing = next((each for each in known if _overlaps(each, begins_at, ends_at)), None)
        if existing is not None:
            _compare(site, row.values, holder, existing, verdict)
    except Rejection as rejection:
        verdict.reject(rejection)
    return verdict


def _compare(
    site: Site, values: Values, holder: Holder, vehicle: Vehicle, verdict: Verdict
) -> None:
    """Note another end of a registration; it cannot pass to another holder by a list."""
    if vehicle.holder != holder:
        raise Rejection(
            "plate",
            "already_registered",
            _("is registered to %(name)s") % {"name": vehicle.holder.name},
            _("end that registration first"),
        )
    verdict.outcome, verdict.target = Outcome.UNCHANGED, vehicle
    before, new = _day_after(site, vehicle.ends_at), values.get("ends_on")
    if new is not None and new != before:
        if vehicle.ends_at is not None and vehicle.ends_at <= clock.now():
            raise Rejection(
                "ends_on", "has_ended", _("this has ended already"), _("add a new entry instead")
            )
        verdict.outcome, verdict.changes["ends_on"] = Outcome.CHANGED, (before, new)


def _vehicle(site: Site, values: Values, holder: Holder) -> Vehicle:
    begins_at, ends_at = _period(site, values)
    plate = values["plate"]
    return Vehicle(
        site=site,
        plate=plate,
        folded=fold(plate),
        person=holder if isinstance(holder, Person) else None,
        company=holder if isinstance(holder, Company) else None,
        begins_at=begins_at,
        ends_at=ends_at,
    )


def _change_ends(site: Site, actor: User, rows: Sequence[tuple[Staged, Verdict]]) -> list[Effect]:
    effects, changed = [], []
    for row, verdict in rows:
        vehicle: Vehicle = verdict.target
        before = _plain(vehicle.ends_at)
        vehicle.ends_at = clock.midnight(row.values["ends_on"], site.timezone)
        changed.append(vehicle)
        effects.append(
            Effect("vehicle", vehicle.pk, {"ends_at": before}, {"ends_at": _plain(vehicle.ends_at)})
        )
    Vehicle.objects.bulk_update(changed, ["ends_at"], batch_size=200)
    subjects: list[tuple[audit.Subject, Values]] = [(("vehicle", each.pk), {}) for each in changed]
    audit.record_all(site, actor, "change vehicle end", subjects)
    return effects


def _period(site: Site, values: Values) -> tuple[datetime, datetime | None]:
    begins, ends = values.get("begins_on"), values.get("ends_on")
    return (
        clock.midnight(begins, site.timezone) if begins else clock.now(),
        clock.midnight(ends, site.timezone) if ends else None,
    )


def _overlaps(vehicle: Vehicle, begins_at: datetime, ends_at: datetime | None) -> bool:
    begun = ends_at is None or vehicle.begins_at < ends_at
    return begun and (vehicle.ends_at is None or vehicle.ends_at > begins_at)


def _day_after(site: Site, ends_at: datetime | None) -> date | None:
    """Return the day after the last one of a registration that ends at an instant."""
    if ends_at is None:
        return None
    return clock.local(ends_at - timedelta(microseconds=1), site.timezone).date() + _DAY


def _plain(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


register(VehiclesList())
