"""The list of who is enrolled: without any picture, and without a search by picture."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Site
from doors.faces import selectors
from doors.models import FaceTemplate
from doors.permissions import DoorPermission
from doors.topics import DEVICE_LIST, FACE
from ui.lists import Column, FirstStep, ListFilter, Listing, Preset, choice_filter, search_filter
from ui.lists.cells import RowPage, link, shows_moment, state

_NEEDED, _KEPT = "needed", "kept"


class FaceFilter(ListFilter):
    """Filters of enrolled faces."""

    private = frozenset({"q"})

    q = search_filter(_("Person"))
    photo = choice_filter(
        _("Photo"),
        [
            (_NEEDED, _("a terminal needs a new one")),
            (_KEPT, pgettext_lazy("a photo", "kept for new terminals")),
        ],
    )


def photo_of(row: Any) -> object:
    """Return what is known of the photo: nobody can view it."""
    if row.needs_photo:
        return _("a terminal needs a new one")
    if row.has_photo and row.keeps_photo:
        return pgettext_lazy("a photo", "kept for new terminals")
    if row.has_photo:
        return pgettext_lazy("a photo", "until the terminals have it")
    return pgettext_lazy("a photo", "deleted")


def _matching(_site: Site, rows: QuerySet[FaceTemplate], text: str) -> QuerySet[FaceTemplate]:
    return rows.filter(person__name__icontains=text)


def _with_photo(_site: Site, rows: QuerySet[FaceTemplate], wanted: str) -> QuerySet[FaceTemplate]:
    if wanted == _NEEDED:
        return rows.filter(Q(needs_photo=True))
    return rows.filter(Q(has_photo=True) & Q(keeps_photo=True))


def _name(row: FaceTemplate, page: RowPage) -> object:
    return link(page.address("console:person_face", row.person_id), row.person.name)


def _photo(row: Any, _page: RowPage) -> object:
    return state(photo_of(row), "wait" if row.needs_photo else "")


FACES = Listing(
    name="faces",
    title=_("Faces at doors"),
    rows=selectors.enrolled,
    columns=(
        Column("person", _("Person"), lambda row: row.person.name, fixed=True),
        Column("homes", _("Unit"), lambda row: row.person.homes),
        Column("enrolled", _("Enrolled"), lambda row: row.enrolled_at, sort="enrolled_at"),
        Column("by", pgettext_lazy("enrolled", "By"), lambda row: row.enrolled_by),
        Column("photo", _("Photo"), lambda row: str(photo_of(row))),
    ),
    cells={
        "person": _name,
        "enrolled": shows_moment(lambda row: row.enrolled_at),
        "photo": _photo,
    },
    sort="-enrolled",
    filters=FaceFilter,
    lookups={"q": _matching, "photo": _with_photo},
    presets=(
        Preset(_("All"), {}),
        Preset(pgettext_lazy("of photos", "Photo needed"), {"photo": _NEEDED}),
    ),
    topics=(FACE.name, DEVICE_LIST.name),
    empty=_("Nobody is enrolled. Residents enrol in the portal, or here at the desk."),
    first_step=FirstStep(
        _("Enrol at the desk"), "console:choose_face", DoorPermission.MANAGE_FACES
    ),
)
