"""The list of companies: tenants of shops, offices and warehouses, with what they rent."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.errors import Rejection
from core.imports import Values
from core.models import Site
from core.tables import Choice, Code, Text
from people.imports.columns import COLUMNS
from people.imports.kind import OccupantsList
from people.imports.matching import digits, folded
from people.imports.writing import Holders
from people.models import Company, Occupancy

_DETAILS = ("tax_number", "contact", "phone", "email")
_SHARED = {column.code: column for column in COLUMNS}
_LABELS = dict(Occupancy.Role.choices)


def company_key(values: Values) -> tuple[str, str]:
    """Return what a row names its company by: the tax number, else the name."""
    if values.get("tax_number"):
        return "", values["tax_number"]
    return folded(values["name"]), ""


class CompanyRegister:
    """The companies of the site whose tax numbers or names stand in some rows."""

    def __init__(self, site: Site, rows: Sequence[Values]) -> None:
        numbers = {values["tax_number"] for values in rows if values.get("tax_number")}
        names = {folded(values["name"]) for values in rows}
        companies = Company.objects.annotate(folded=Lower("name")).filter(site=site)
        self._by_number: dict[str, Company] = {}
        self._by_name: dict[str, list[Company]] = {}
        for each in companies.filter(Q(folded__in=names) | Q(tax_number__in=numbers)).order_by(
            "pk"
        ):
            self._by_name.setdefault(folded(each.name), []).append(each)
            if each.tax_number:
                self._by_number[each.tax_number] = each

    def find(self, values: Values) -> Company | None:
        """Return the company that a row means; None for a new one.

        Raises:
            Rejection: several could be meant, or the tax number is another company's.
        """
        number, named = values.get("tax_number"), self._by_name.get(folded(values["name"]), [])
        known = self._by_number.get(number) if number else None
        if known is not None:
            _require_name(known, values)
            return known
        if number:
            named = [each for each in named if not each.tax_number]
        if len(named) > 1:
            raise Rejection(
                "name",
                "several_companies",
                _("several companies have this name"),
                _("enter the tax number of the one that is meant"),
            )
        return named[0] if named else None

    def require_named(self, values: Values) -> None:
        """Accept every row: a company's name or tax number is the same in all of them."""

    def changes(self, holder: Company, values: Values) -> dict[str, tuple[Any, Any]]:
        """Return what a row changes of a company's details."""
        changes = {}
        for name in _DETAILS:
            old, new = getattr(holder, name), values.get(name)
            same = name == "phone" and new and digits(old) == digits(new)
            if new and new != old and not same:
                changes[name] = (old or None, new)
        return changes


class CompaniesList(OccupantsList):
    """A company at a unit or bay a row; a company of several has several rows."""

    code = "companies"
    title = gettext_lazy("Companies and what they rent")
    about = gettext_lazy("One company with one unit or bay per row, or with neither.")
    order = 3
    columns = (
        Text(
            code="name",
            title=pgettext_lazy("of a company", "Name"),
            help=gettext_lazy("The company's full name."),
            required=True,
            longest=160,
            aliases=("公司名称", "企业名称", "单位名称", "company"),
            example="迅达货运有限公司",
        ),
        Code(
            code="tax_number",
            title=gettext_lazy("Tax number"),
            help=gettext_lazy("Tells companies of one name apart; enter it in each of its rows."),
            longest=40,
            aliases=("税号", "统一社会信用代码", "纳税人识别号"),
            example="91310115MA1H7T4K3Q",
        ),
        Text(
            code="contact",
            title=gettext_lazy("Contact"),
            help=gettext_lazy("The name of the person there to turn to."),
            longest=120,
            aliases=("联系人",),
            example="马超",
        ),
        _SHARED["phone"],
        _SHARED["email"],
        _SHARED["building"],
        _SHARED["unit"],
        _SHARED["lot"],
        _SHARED["bay"],
        Choice(
            code="role",
            title=gettext_lazy("Role"),
            help=gettext_lazy("Needed with a unit or bay."),
            choices={role: _LABELS[role] for role in ("owner", "tenant")},
            also={
                **dict.fromkeys(("业主", "产权人"), Occupancy.Role.OWNER.value),
                **dict.fromkeys(("租户", "承租人", "承租方"), Occupancy.Role.TENANT.value),
            },
            aliases=("身份",),
            example="tenant",
        ),
        _SHARED["begins_on"],
        _SHARED["ends_on"],
        _SHARED["share"],
        _SHARED["pays"],
    )
    holders = Holders(Company, "company", _DETAILS, company_key)

    def register(self, site: Site, rows: Sequence[Values]) -> CompanyRegister:
        """Return the companies that rows may mean."""
        return CompanyRegister(site, rows)

    def normalise(self, site: Site, values: dict[str, Any]) -> None:
        """Spell the tax number as the register does, and check what belongs to a unit."""
        super().normalise(site, values)
        if values.get("tax_number"):
            values["tax_number"] = values["tax_number"].replace(" ", "").upper()


def _require_name(company: Company, values: Values) -> None:
    if folded(company.name) != folded(values["name"]):
        raise Rejection(
            "tax_number",
            "other_company",
            _("is the tax number of %(name)s") % {"name": company.name},
            _("correct the number or the name"),
        )
