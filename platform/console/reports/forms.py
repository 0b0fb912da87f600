"""The periods and accounts of reports."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.labels import account_title
from billing.models import Account
from billing.reports import cash_accounts
from core import clock
from core.models import Site
from ui.forms import Day, FilterForm


class ReportForm(FilterForm):
    """What a report is about, from the address; what is missing or invalid has its default."""

    def __init__(self, site: Site, data: Any) -> None:
        self.site = site
        self.today = clock.local(clock.now(), site.timezone).date()
        # A form shows its data, so that the defaults are part of it.
        super().__init__({**self.defaults(), **{name: text for name, text in data.items() if text}})

    def defaults(self) -> dict[str, Any]:
        """Return the values of fields that the address lacks."""
        return {}

    def values(self) -> dict[str, Any]:
        """Return the fields' values; the default of an invalid one."""
        found = {name: field.clean(self.defaults()[name]) for name, field in self.fields.items()}
        return found | self.criteria()


class DayForm(ReportForm):
    """The end of a day."""

    on = Day(label=_("At the end of"))

    def defaults(self) -> dict[str, Any]:
        """Return today."""
        return {"on": self.today.isoformat()}


class PeriodForm(ReportForm):
    """A period of days; this month by default."""

    since = Day(label=_("From"))
    until = Day(label=_("Until"))

    def defaults(self) -> dict[str, Any]:
        """Return the first day of this month, and today."""
        return {
            "since": self.today.replace(day=1).isoformat(),
            "until": self.today.isoformat(),
        }


class YearForm(PeriodForm):
    """A period of days; this year by default."""

    def defaults(self) -> dict[str, Any]:
        """Return the first day of this year, and today."""
        first = date(self.today.year, 1, 1)
        return {"since": first.isoformat(), "until": self.today.isoformat()}


class CashBookForm(PeriodForm):
    """An account that holds money, and a period."""

    account = forms.ChoiceField(label=_("Account"))

    def __init__(self, site: Site, data: Any) -> None:
        self.accounts = {str(each.pk): each for each in cash_accounts(site)}
        super().__init__(site, data)
        self.fields["account"].choices = [  # type: ignore[attr-defined]
            (key, f"{account_title(each.code)} ({each.currency})")
            for key, each in self.accounts.items()
        ]

    def defaults(self) -> dict[str, Any]:
        """Return the first account and this month."""
        return {**super().defaults(), "account": next(iter(self.accounts), "")}

    def chosen(self) -> Account | None:
        """Return the chosen account; None while the site has none."""
        return self.accounts.get(str(self.values()["account"])) if self.accounts else None


class StatementForm(PeriodForm):
    """Whose statement, and its period."""

    payer = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def defaults(self) -> dict[str, Any]:
        """Return nobody's statement of this year."""
        first = date(self.today.year, 1, 1)
        return {"since": first.isoformat(), "until": self.today.isoformat(), "payer": "-"}
