"""Choose a person or a company in a form: found by name, unit, car or phone, or a new person."""

import re
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.models import Site
from people.models import Company, Holder, Person
from people.selectors import find_companies, find_people
from ui.forms import PlainForm
from ui.query_params import whole_number

NEW_PERSON = "new"
COMPANY = "company-"
_PREFIX = re.compile(r"[a-z]+-[0-9]{1,2}", re.ASCII)


class HolderPicker(PlainForm):
    """Fields that choose a person or a company of the site, or a new person.

    ``name`` is what is searched for, and the name of a new person; ``person`` is the choice: a key,
    ``company-`` and a key, or ``new``.

    Attributes:
        search_url: the name of the URL that answers with `people_found.html`.
        people_only: whether only people of the register may be chosen.
        offers_new: whether a new person can be registered.
    """

    search_url = "console:find_holders"
    people_only = False
    offers_new = True

    name = forms.CharField(
        label=_("Person or company"),
        max_length=120,
        help_text=_("Search by name, unit, plate or the last four digits of a phone number."),
        widget=forms.TextInput({"autocomplete": "off", "type": "search"}),
    )
    person = forms.CharField(required=False, max_length=20)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"})
    )

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        address = reverse(self.search_url, args=[site.slug])
        self.fields["name"].widget.attrs |= {
            # A POST, so that no name or plate is in an address.
            "hx-post": f"{address}?prefix={self.prefix}" if self.prefix else address,
            "hx-trigger": "input changed delay:200ms",
            "hx-target": f"#{self.found_id}",
            "hx-sync": "this:replace",
        }

    @property
    def found_id(self) -> str:
        """The id of the element that shows who was found."""
        return f"dialog_{self.prefix}-people" if self.prefix else "dialog_people"

    @property
    def found(self) -> dict[str, Any]:
        """The people who match the text, for `people_found.html`."""
        text, chosen = self._entered("name"), self._entered("person")
        field, people_only = self.add_prefix("person"), self.people_only
        return people_found(self.site, text, chosen, field, people_only=people_only)

    @property
    def wants_new(self) -> bool:
        """Whether the new person is chosen."""
        return self._entered("person") == NEW_PERSON

    def _entered(self, name: str) -> str:
        """Return what stands in a field: what was posted, or the first value."""
        value = self.data.get(self.add_prefix(name)) if self.is_bound else self.initial.get(name)
        return value or ""

    def clean_person(self) -> Holder | str:
        """Return the chosen person or company of the site, or `NEW_PERSON`."""
        chosen: str = self.cleaned_data["person"]
        if chosen == NEW_PERSON and not self.people_only:
            return chosen
        holder = chosen_holder(self.site, chosen)
        if self.people_only and not isinstance(holder, Person):
            raise forms.ValidationError(gettext("Choose a person."))
        if holder is None:
            raise forms.ValidationError(gettext("Choose a person, or “New person”."))
        return holder


def holder_key(holder: Holder) -> str:
    """Return the value by which a person or company is chosen."""
    return str(holder.pk) if isinstance(holder, Person) else f"{COMPANY}{holder.pk}"


def chosen_holder(site: Site, key: str) -> Holder | None:
    """Return the person or company of a `holder_key`; None if the site has none."""
    rows: Any = Person.objects.filter(erased_at=None)
    if key.startswith(COMPANY):
        rows = Company.objects.all()
    pk = whole_number(key.removeprefix(COMPANY))
    holder: Holder | None = None if pk is None else rows.filter(site=site, pk=pk).first()
    return holder


def first_choice(site: Site, key: str) -> dict[str, str]:
    """Return the first values of a `HolderPicker` in which a person or company is chosen.

    Args:
        key: of `holder_key`; an unknown one chooses none.
    """
    holder = chosen_holder(site, key)
    return {} if holder is None else {"name": holder.name, "person": holder_key(holder)}


def people_found(
    site: Site,
    text: str,
    chosen: str = "",
    field: str = "person",
    most: int = 8,
    *,
    people_only: bool = False,
) -> dict[str, Any]:
    """Return what `people_found.html` shows for a text: who matches, and if more do.

    Args:
        field: the name of the field that is chosen with.
        people_only: leave out companies.
    """
    people = list(find_people(site, text.replace("\0", ""))[: most + 1])
    companies: list[Company] = []
    if not people_only:
        companies = list(find_companies(site, text.replace("\0", ""))[: most + 1])
    return {
        "people": people[:most],
        "companies": [(f"{COMPANY}{each.pk}", each) for each in companies[:most]],
        "more": max(len(people), len(companies)) > most,
        "text": text,
        "chosen": chosen,
        "field": field,
    }


def posted_search(request: HttpRequest, site: Site, *, people_only: bool = False) -> dict[str, Any]:
    """Return what `people_found.html` shows for the text that a `HolderPicker` posts."""
    prefix = request.GET.get("prefix", "")
    before = f"{prefix}-" if _PREFIX.fullmatch(prefix) else ""
    text = request.POST.get(f"{before}name", "")
    return {"found": people_found(site, text, field=f"{before}person", people_only=people_only)}
