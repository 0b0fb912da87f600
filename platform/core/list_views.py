"""Saved views of lists, and how each person last looked at a list."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.errors import Rejection
from core.models import ListPreference, SavedView, Site, User

MAX_QUERY = 2000
MAX_NAME = 60
# So many views of one list a person may keep.
MAX_VIEWS = 50


def preference(site: Site, user: User, list_name: str) -> ListPreference:
    """Return how the person last looked at the list; unsaved where that is not known."""
    found = ListPreference.objects.filter(site=site, user=user, list_name=list_name).first()
    return found or ListPreference(site=site, user=user, list_name=list_name)


def remember_query(kept: ListPreference, query: str) -> None:
    """Store a list's query string, unless it is the one stored already or too long."""
    is_known = kept.pk is not None and query == kept.query
    if not is_known and len(query) <= MAX_QUERY:
        _store(kept, query=query)


def hide_columns(kept: ListPreference, names: Iterable[str]) -> None:
    """Store which columns of a list the person does not want to see."""
    _store(kept, hidden=sorted(set(names)))


def saved_views(site: Site, user: User, list_name: str) -> QuerySet[SavedView]:
    """Return the person's own views of the list and those that the team shares, by name."""
    visible = Q(user=user) | Q(shared=True)
    views = SavedView.objects.filter(visible, site=site, list_name=list_name)
    return views.select_related("user").order_by("name", "pk")


@transaction.atomic
def save_view(
    site: Site, user: User, list_name: str, name: str, query: str, *, shared: bool
) -> SavedView:
    """Save a view under a name; one of the same name is replaced.

    Raises:
        Rejection: the name is empty or too long, or the person has too many views of the list.
    """
    name = name.strip()
    if not name or len(name) > MAX_NAME or "\0" in name:
        raise Rejection(
            "name", "name_invalid", _("this name is empty or too long"), _("use 1 to 60 characters")
        )
    if len(query) > MAX_QUERY:
        raise Rejection(
            "query", "query_too_long", _("this view has too many filters"), _("remove some of them")
        )
    own = SavedView.objects.filter(site=site, user=user, list_name=list_name)
    if own.exclude(name=name).count() >= MAX_VIEWS:
        raise Rejection(
            "name", "too_many_views", _("you have 50 views of this list"), _("delete one first")
        )
    view, _created = own.update_or_create(
        name=name,
        defaults={"query": query, "shared": shared},
        create_defaults={
            "site": site,
            "user": user,
            "list_name": list_name,
            "query": query,
            "shared": shared,
        },
    )
    return view


def delete_view(site: Site, user: User, list_name: str, pk: int) -> None:
    """Delete one of the person's own views; nothing happens if there is none."""
    SavedView.objects.filter(site=site, user=user, list_name=list_name, pk=pk).delete()


def _store(kept: ListPreference, **values: Any) -> None:
    ListPreference.objects.update_or_create(
        site=kept.site, user=kept.user, list_name=kept.list_name, defaults=values
    )
    for name, value in values.items():
        setattr(kept, name, value)
