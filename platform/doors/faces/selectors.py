"""Read who is enrolled, and what stands in a person's way."""

from django.db.models import Exists, OuterRef, QuerySet

from core.errors import Rejection
from core.models import Site
from doors.faces import enrolment
from doors.faces.purposes import PHOTO
from doors.models import DeviceEntry, FacePhoto, FaceTemplate
from people.models import ConsentGrant, Person
from people.selectors import running


def enrolled(site: Site) -> QuerySet[FaceTemplate]:
    """Return who is enrolled at a site, with the person's home; no template is read.

    Annotated with whether the photo is stored, may be kept, and is missing at a terminal.
    """
    own = {"person": OuterRef("person")}
    needing = DeviceEntry.objects.filter(**own, state=DeviceEntry.State.NEEDS_PHOTO)
    rows = FaceTemplate.objects.filter(site=site).select_related("person").defer("sealed")
    return rows.annotate(
        has_photo=Exists(FacePhoto.objects.filter(**own)),
        keeps_photo=Exists(ConsentGrant.objects.filter(**own, purpose=PHOTO)),
        needs_photo=Exists(needing),
    ).prefetch_related(running(site, "person"))


def enrolment_of(person: Person) -> FaceTemplate | None:
    """Return since when and by whom a person is enrolled; None for nobody."""
    return FaceTemplate.objects.filter(person=person).defer("sealed").first()


def obstacle_of(person: Person) -> Rejection | None:
    """Return why a person can't be enrolled even with consent; None where nothing is in the way."""
    try:
        enrolment.require_possible(person)
    except Rejection as rejection:
        return rejection
    return None
