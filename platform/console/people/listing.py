"""The lists of people, companies and occupancies."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from console.holder_cells import cars, holder
from console.templatetags.people import share_label
from core.models import Site
from core.text_lists import joined
from estate.models import Building
from estate.permissions import EstatePermission
from people import consents, directory
from people.models import Company, Occupancy, Person, Vehicle
from people.periods import last_day, lasting_after, not_ended, on_day, today
from people.permissions import PeoplePermission
from ui.lists import (
    Column,
    FirstStep,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    containing,
    search_filter,
)
from ui.lists.cells import Cell, RowPage, link

_MANAGE = PeoplePermission.MANAGE_PEOPLE
_RUNNING, _COMING, _ENDED = "running", "coming", "ended"
_SOON = "90"


class PersonFilter(ListFilter):
    """Filters of people."""

    private = frozenset({"q"})

    q = search_filter(_("Name, phone, e-mail or plate"))
    state = choice_filter(
        _("State"),
        [
            ("here", _("registered in a unit")),
            ("coming", _("moves in later")),
            ("gone", _("moved out")),
            ("none", _("without a unit")),
        ],
    )
    role = choice_filter(_("Role"), Occupancy.Role.choices)
    building = choice_filter(_("Building"))
    car = choice_filter(_("Car"), [("with", _("with a car")), ("without", _("without a car"))])
    consent = choice_filter(_("Consent to"))

    def set_choices(self, site: Site) -> None:
        """Offer the site's buildings, and the purposes that need consent."""
        self.offer("building", buildings_of(site))
        purposes = consents.purposes()
        self.offer("consent", [(each.code, str(each.title)) for each in purposes])
        if not purposes:
            del self.fields["consent"]


class CompanyFilter(ListFilter):
    """Filters of companies."""

    private = frozenset({"q"})

    q = search_filter(_("Name, contact, phone or tax number"))
    building = choice_filter(_("Building"))
    state = choice_filter(
        _("State"), [("here", _("registered in a unit")), ("none", _("without a unit"))]
    )

    def set_choices(self, site: Site) -> None:
        """Offer the site's buildings."""
        self.offer("building", buildings_of(site))


class OccupancyFilter(ListFilter):
    """Filters of occupancies."""

    private = frozenset({"q"})

    q = search_filter(_("Person or company"))
    state = choice_filter(
        _("State"),
        [(_RUNNING, _("running")), (_COMING, _("begins later")), (_ENDED, _("ended"))],
    )
    role = choice_filter(_("Role"), Occupancy.Role.choices)
    building = choice_filter(_("Building"))
    ends = choice_filter(
        _("Ends within"), [("30", _("30 days")), (_SOON, _("90 days")), ("365", _("a year"))]
    )

    def set_choices(self, site: Site) -> None:
        """Offer the site's buildings."""
        self.offer("building", buildings_of(site))


def buildings_of(site: Site) -> Iterable[tuple[str, str]]:
    """Return the buildings of a site as choices of a filter."""
    rows = Building.objects.filter(site=site).order_by("name")
    return [(str(building.pk), building.name) for building in rows]


def _occupying(site: Site, **conditions: Any) -> QuerySet[Occupancy]:
    return Occupancy.objects.filter(on_day(today(site)), site=site, **conditions)


def _with_role(site: Site, rows: QuerySet[Person], role: str) -> QuerySet[Person]:
    return rows.filter(Exists(_occupying(site, role=role, person=OuterRef("pk"))))


def _in_building(own: str) -> Any:
    def narrow(site: Site, rows: QuerySet[Any], building: str) -> QuerySet[Any]:
        there = _occupying(site, unit__building=building, **{own: OuterRef("pk")})
        return rows.filter(Exists(there))

    return narrow


def _with_car(_site: Site, rows: QuerySet[Person], value: str) -> QuerySet[Person]:
    has_car = Exists(Vehicle.objects.filter(not_ended(), person=OuterRef("pk")))
    return rows.filter(has_car if value == "with" else ~has_car)


def _companies_in_state(site: Site, rows: QuerySet[Company], state: str) -> QuerySet[Company]:
    here = Exists(_occupying(site, company=OuterRef("pk")))
    return rows.filter(here if state == "here" else ~here)


def _occupancies_in_state(site: Site, rows: QuerySet[Any], state: str) -> QuerySet[Any]:
    day = today(site)
    conditions = {
        _RUNNING: on_day(day),
        _COMING: Q(begins_on__gt=day),
        _ENDED: ~lasting_after(day),
    }
    return rows.filter(conditions[state])


def _plates(holder: Any) -> str:
    return joined(car.plate for car in holder.cars)


def _fees(occupancy: Any) -> str:
    return joined(str(period.fee_kind or directory.ALL_FEES) for period in occupancy.paying)


def _home(occupancy: Occupancy, page: RowPage) -> SafeString:
    """Return a unit or bay, with a link if permitted, and the role in it."""
    place: object = occupancy.place
    if EstatePermission.MANAGE_PLACES in page.permissions:
        kind, pk = ("unit", occupancy.unit_id) if occupancy.unit_id else ("bay", occupancy.bay_id)
        place = link(page.address(f"console:place_{kind}", pk or 0), place)
    role = occupancy.get_role_display()
    return format_html(
        '<span class="home">{} <span class="muted small">{}</span></span>', place, role
    )


def _homes(row: Any, page: RowPage) -> SafeString:
    homes = ((_home(each, page),) for each in row.current_occupancies)
    return format_html_join(" ", "{}", homes)


def _linked(url_name: str) -> Cell:
    """Return a cell with the name of a row that links its page."""
    return lambda row, page: link(page.address(url_name, row.pk), row.name)


def _place(occupancy: Occupancy, page: RowPage) -> SafeString:
    return link(page.address("console:occupancy", occupancy.pk), occupancy.place)


_NAME = Column("name", pgettext_lazy("of a person", "Name"), lambda p: p.name, "name", fixed=True)
_HERE = {"state": "here"}

PEOPLE = Listing(
    name="people",
    title=_("People"),
    rows=directory.people,
    columns=(
        _NAME,
        Column("homes", _("Units and bays"), lambda person: person.homes),
        Column("cars", _("Cars"), _plates),
        Column("phone", _("Phone"), lambda person: person.phone),
        Column("email", _("E-mail"), lambda person: person.email),
    ),
    cells={"name": _linked("console:person"), "homes": _homes, "cars": cars},
    sort="name",
    filters=PersonFilter,
    lookups={
        "q": lambda _site, rows, text: directory.matching_people(rows, text),
        "state": lambda site, rows, state: directory.in_state(rows, site, state),
        "role": _with_role,
        "building": _in_building("person"),
        "car": _with_car,
        "consent": "consents__purpose",
    },
    presets=(
        Preset(_("Registered in a unit"), _HERE),
        Preset(_("Moved out"), {"state": "gone"}),
        Preset(_("All"), {}),
    ),
    empty=_(
        "Owners, tenants, their families and staff belong here. Import a list, or add one person."
    ),
    first_step=FirstStep(_("Add person"), "console:add_person", _MANAGE),
)

COMPANIES = Listing(
    name="companies",
    title=_("Companies"),
    rows=directory.companies,
    columns=(
        Column("name", _("Name"), lambda company: company.name, "name", fixed=True),
        Column("homes", _("Units and bays"), lambda company: company.homes),
        Column("staff", _("Staff"), lambda company: company.staff_now or 0, numeric=True),
        Column("cars", _("Cars"), _plates),
        Column("contact", _("Contact"), lambda company: company.contact),
        Column("phone", _("Phone"), lambda company: company.phone),
        Column("tax_number", _("Tax number"), lambda company: company.tax_number),
    ),
    cells={"name": _linked("console:company"), "homes": _homes, "cars": cars},
    sort="name",
    filters=CompanyFilter,
    lookups={
        "q": containing("name", "contact", "phone", "tax_number"),
        "building": _in_building("company"),
        "state": _companies_in_state,
    },
    presets=(Preset(_("Registered in a unit"), _HERE), Preset(_("All"), {})),
    empty=_("Companies that own or rent units or bays belong here. Add the first one."),
    first_step=FirstStep(_("Add company"), "console:add_company", _MANAGE),
)

OCCUPANCIES = Listing(
    name="occupancies",
    title=_("Occupancies"),
    rows=directory.occupancies,
    columns=(
        Column("place", _("Unit or bay"), lambda each: str(each.place), fixed=True),
        Column("holder", _("Person or company"), lambda each: each.holder.name),
        Column("role", _("Role"), lambda each: each.get_role_display()),
        Column("begins", _("From"), lambda each: each.begins_on, sort="begins_on"),
        Column("ends", _("Last day"), lambda each: last_day(each.ends_on)),
        Column("share", _("Share"), lambda each: each.share, numeric=True),
        Column("pays", _("Pays"), _fees, prose=True),
    ),
    cells={
        "place": _place,
        "holder": holder,
        "share": lambda occupancy, _page: share_label(occupancy.share),
    },
    sort="-begins",
    filters=OccupancyFilter,
    lookups={
        "q": containing("person__name", "company__name"),
        "state": _occupancies_in_state,
        "role": "role",
        "building": "unit__building",
        "ends": lambda site, rows, days: directory.ending_within(rows, site, int(days)),
    },
    first_query={"state": _RUNNING},
    presets=(
        Preset(_("Running"), {"state": _RUNNING}),
        Preset(_("Begins later"), {"state": _COMING}),
        Preset(_("Ends within 90 days"), {"ends": _SOON}),
        Preset(_("Ended"), {"state": _ENDED}),
        Preset(_("All"), {}),
    ),
    empty=_("Who owns, rents or works in a unit or bay belongs here. Move the first one in."),
    first_step=FirstStep(_("Move in"), "console:move_in", _MANAGE),
)
