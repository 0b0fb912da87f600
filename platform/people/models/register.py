"""People, companies, their occupancies and vehicles."""

from typing import TYPE_CHECKING, cast

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core import clock
from core.constraints import EitherKey, no_overlap, no_overlapping_days
from core.models import Site
from core.text_lists import joined
from estate.models import Bay, Unit
from people.periods import on_day, today


class Occupant(models.Model):
    """A person or a company, who may own or rent units and bays of the site."""

    class Meta:
        abstract = True

    if TYPE_CHECKING:
        site: models.ForeignKey[Site, Site]
        #: Set where rows were read with `people.selectors.running`.
        running: list["Occupancy"]

    @property
    def current_occupancies(self) -> list["Occupancy"]:
        """Its occupancies that run today, by place."""
        if hasattr(self, "running"):
            return self.running
        own = "person" if isinstance(self, Person) else "company"
        rows = Occupancy.objects.filter(on_day(today(self.site)), **{own: self})
        return list(rows.select_related("unit__building", "bay").order_by("unit", "bay"))

    @property
    def homes(self) -> str:
        """The units and bays of today's occupancies, as a text."""
        return joined(str(each.place) for each in self.current_occupancies)


class Person(Occupant):
    """A person who lives or works at the site, or owns a part of it.

    Several people may have one name. What they own or rent are occupancies.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="people")
    name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=40, blank=True, default="")
    email = models.EmailField(_("e-mail"), blank=True, default="")
    born_on = models.DateField(_("date of birth"), null=True, blank=True)
    # When the data was erased: the row stays, without data, for those that refer to it.
    erased_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [models.Index(fields=["site", "name", "id"], name="person_by_name")]

    def __str__(self) -> str:
        return self.name or gettext("erased")


class Company(Occupant):
    """A company that owns or rents units or bays of the site."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="companies")
    name = models.CharField(_("name"), max_length=160)
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True, default="")
    contact = models.CharField(_("contact"), max_length=120, blank=True, default="")
    phone = models.CharField(_("phone"), max_length=40, blank=True, default="")
    email = models.EmailField(_("e-mail"), blank=True, default="")

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "tax_number"],
                condition=~Q(tax_number=""),
                name="company_tax_number_once",
            )
        ]
        indexes = [models.Index(fields=["site", "name", "id"], name="company_by_name")]

    def __str__(self) -> str:
        return self.name


Holder = Person | Company
AnyPlace = Unit | Bay
_PLACE, _HOLDER = EitherKey(F("unit"), F("bay")), EitherKey(F("person"), F("company"))


def _either(first: str, second: str, name: str) -> models.CheckConstraint:
    """Return the constraint that exactly one of two keys is set."""
    one = Q(**{first: None}) & ~Q(**{second: None})
    other = ~Q(**{first: None}) & Q(**{second: None})
    return models.CheckConstraint(condition=one | other, name=name)


class Occupancy(models.Model):
    """A person or a company that owns, rents, lives in or works in a unit or a bay, for a period.

    It holds from `begins_on` until before `ends_on`. One that has ended is not changed.
    """

    class Role(models.TextChoices):
        """In which capacity."""

        OWNER = "owner", pgettext_lazy("of a unit", "owner")
        TENANT = "tenant", pgettext_lazy("of a unit", "tenant")
        FAMILY = "family", pgettext_lazy("of a unit", "family member")
        WORKER = "worker", pgettext_lazy("of a unit", "staff")

    site = models.ForeignKey(Site, models.CASCADE, related_name="occupancies")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="occupancies")
    bay = models.ForeignKey(Bay, models.PROTECT, null=True, related_name="occupancies")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="occupancies")
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="occupancies")
    role = models.CharField(_("role"), max_length=6, choices=Role)
    begins_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    # An owner's part of the property; a trigger limits the sum of a place and day to 1.
    share = models.DecimalField(_("share"), max_digits=7, decimal_places=6, null=True, blank=True)
    # Staff have decided that the holder's rights go on after it.
    keeps_rights = models.BooleanField(default=False, editable=False)
    # When its end was carried out: the rights that hang on it have ended, the unit has its state.
    closed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("occupancy")
        verbose_name_plural = _("occupancies")
        constraints = [
            _either("person", "company", "occupancy_of_person_or_company"),
            _either("unit", "bay", "occupancy_at_unit_or_bay"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("begins_on")),
                name="occupancy_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(share=None) | Q(share__gt=0, share__lte=1, role="owner"),
                name="occupancy_share_of_owner",
            ),
            no_overlapping_days("occupancy_once_at_a_time", _PLACE, _HOLDER),
        ]
        indexes = [
            models.Index(fields=["site", "begins_on", "id"], name="occupancy_by_time"),
            models.Index(
                fields=["site", "ends_on"],
                condition=Q(ends_on__isnull=False, closed_at=None),
                name="occupancy_to_close",
            ),
        ]

    def __str__(self) -> str:
        return f"occupancy {self.pk} as {self.role} from {self.begins_on}"

    @property
    def holder(self) -> Holder:
        """The person or company."""
        # A constraint: exactly one of them is set.
        return cast("Holder", self.person or self.company)

    @property
    def place(self) -> AnyPlace:
        """The unit or bay."""
        return cast("AnyPlace", self.unit or self.bay)


class PayerPeriod(models.Model):
    """Which occupancy pays a kind of fee of its unit or bay, for a period within its own.

    Attributes:
        fee_kind: the code of a kind of fee; empty for all kinds without a payer of their own.
    """

    occupancy = models.ForeignKey(Occupancy, models.CASCADE, related_name="payer_periods")
    # Those of the occupancy, for the constraint.
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    bay = models.ForeignKey(Bay, models.PROTECT, null=True, related_name="+")
    fee_kind = models.CharField(_("kind of fee"), max_length=40, blank=True, default="")
    begins_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        constraints = [
            _either("unit", "bay", "payer_at_unit_or_bay"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("begins_on")),
                name="payer_ends_after_it_begins",
            ),
            no_overlapping_days("one_payer_a_day", _PLACE, F("fee_kind")),
        ]

    def __str__(self) -> str:
        return f"occupancy {self.occupancy_id} pays {self.fee_kind or 'all'} from {self.begins_on}"


class Vehicle(models.Model):
    """A vehicle registered at the site by its plate, to a person or a company, for a period."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="vehicles")
    plate = models.CharField(_("plate"), max_length=16)
    # core.plates.fold(plate): equal for look-alike plates.
    folded = models.CharField(max_length=16)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="vehicles")
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="vehicles")
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    # Registered when overlapping periods were still accepted: history is not rewritten.
    overlap_tolerated = models.BooleanField(default=False, editable=False)

    class Meta:
        # An ended registration is not changed: stays that began under it are covered until its end.
        constraints = [
            models.UniqueConstraint(
                fields=["site", "plate"], condition=Q(ends_at=None), name="vehicle_plate_once"
            ),
            no_overlap(
                "vehicle_registered_once_at_a_time",
                "site",
                "plate",
                condition=Q(overlap_tolerated=False),
            ),
            _either("person", "company", "vehicle_of_person_or_company"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("begins_at")),
                name="vehicle_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "folded"], name="vehicle_folded"),
            models.Index(fields=["site", "begins_at", "id"], name="vehicle_by_time"),
        ]

    def __str__(self) -> str:
        return self.plate

    @property
    def holder(self) -> Holder:
        """The person or company to whom it is registered."""
        # A constraint: exactly one of them is set.
        return cast("Holder", self.person or self.company)

    @property
    def has_ended(self) -> bool:
        """Whether the registration is over."""
        return self.ends_at is not None and self.ends_at <= clock.now()
