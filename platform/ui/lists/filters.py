"""The filters of a list, and how they stand in its address."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.models import Site
from core.sealed_text import MARK, seal, unseal
from ui.forms import FilterForm

_ALL = ("", _("all"))


class ListFilter(FilterForm):
    """The filters of a list.

    Attributes:
        private: fields with personal data, such as a plate: the address holds them sealed.
    """

    private: ClassVar[frozenset[str]] = frozenset()

    def set_choices(self, site: Site) -> None:
        """Fill the choices that depend on the site, with `offer`."""

    def offer(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """Set the choices of a `choice_filter`."""
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = [_ALL, *choices]


def choice_filter(label: Any, choices: Iterable[tuple[str, Any]] = ()) -> forms.ChoiceField:
    """Return a filter by one of some values."""
    return forms.ChoiceField(label=label, required=False, choices=[_ALL, *choices])


def search_filter(label: Any) -> forms.CharField:
    """Return a filter by a text, which ``/`` moves the focus to."""
    widget = forms.TextInput({"type": "search", "data-search": True, "autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=100, widget=widget)


def sealed_params(params: QueryDict, filters: type[ListFilter]) -> QueryDict:
    """Return the parameters as they may stand in an address."""
    sealed = params.copy()
    for name in filters.private & params.keys():
        sealed[name] = seal(_text(params, name).replace("\0", "").strip())
    return sealed


def unsealed_params(params: QueryDict, filters: type[ListFilter]) -> QueryDict:
    """Return the parameters as the form reads them."""
    plain = params.copy()
    for name in filters.private & params.keys():
        if _text(params, name).startswith(MARK):
            plain[name] = unseal(_text(params, name))
    return plain


def _text(params: QueryDict, name: str) -> str:
    return str(params.get(name, ""))
