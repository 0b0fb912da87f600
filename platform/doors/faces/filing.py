"""How many faces an operator stores, and the number of the filing that the law asks for.

The Measures for the Security Management of Face Recognition Technology (2025) ask whoever stores
the faces of 100,000 people to file that with the authorities within 30 working days.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import Rejection
from core.models import Organisation, Site
from doors.models import FaceFiling, FaceTemplate
from estate.services.common import Actor, validate

WARNING_AT, FILING_AT = 80_000, 100_000


@dataclass(frozen=True)
class Count:
    """How many people an operator has enrolled.

    Attributes:
        filing: the number that was entered; empty for none.
    """

    people: int
    filing: str

    @property
    def is_near(self) -> bool:
        """Whether the filing should be prepared."""
        return self.people >= WARNING_AT and not self.filing

    @property
    def is_full(self) -> bool:
        """Whether no further person may be enrolled."""
        return self.people >= FILING_AT and not self.filing


def count_of(organisation: Organisation) -> Count:
    """Count the people whom an operator has enrolled at all of its sites."""
    rows = FaceTemplate.objects.filter(site__organisation=organisation)
    filing = FaceFiling.objects.filter(organisation=organisation).first()
    return Count(rows.count(), filing.number if filing else "")


def require_room(site: Site) -> None:
    """Validate that the operator of a site may enrol another person.

    Raises:
        Rejection: the number of the filing is missing.
    """
    count = count_of(site.organisation)
    if count.is_full:
        raise Rejection(
            "person",
            "filing_needed",
            _("%(count)s people are enrolled: no more without the number of the filing")
            % {"count": FILING_AT},
            _("the management enters it"),
            params={"count": FILING_AT},
        )


@transaction.atomic
def enter_number(site: Site, actor: Actor, number: str) -> FaceFiling:
    """Enter the number of the operator's filing; an earlier one is replaced.

    Raises:
        Rejection: it is empty or too long.
    """
    name = actor if isinstance(actor, str) else actor.get_username()
    values = {"number": number.strip(), "entered_at": clock.now(), "entered_by": name}
    validate(FaceFiling(organisation=site.organisation, **values), ["number"])
    filing, _made = FaceFiling.objects.update_or_create(
        organisation=site.organisation, defaults=values
    )
    subject = ("organisation", site.organisation_id)
    audit.record(site, actor, "enter face filing", subject, number=filing.number)
    return filing
