"""The list of bank lines, and the dialogs that import, match and undo."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from billing import services
from billing.bank.suggestions import bank_accounts, lines_of, suggestion_for
from billing.models import BankAccount, BankLine
from billing.payers import party_of_holder
from billing.permissions import BillingPermission
from console.bank.explaining import ExplanationForm, explain
from console.bank.forms import AccountForm, PayerForm, StatementForm
from console.bank.listing import BANK_LINES, describe
from console.holder_picker import posted_search
from console.pages import render_list
from core.errors import Rejection
from core.models import Site
from core.money import Money
from ui.dialogs import Change, Dialog, confirm_form, dialog_page, preceded_by
from ui.lists import bulk_view, list_page
from ui.pages import SiteRequest, render_fragment, site_page

_MATCH = BillingPermission.MATCH_BANK
_CHANGED = ["list-changed"]
bulk = bulk_view(BANK_LINES, _MATCH)


@site_page(_MATCH)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the lines of the site's bank statements."""
    render = render_list(request, "bank", "console/bank/list.html")
    return list_page(request, BANK_LINES, render, accounts=bank_accounts(site))


@dialog_page(_MATCH)
def import_statement(request: SiteRequest, site: Site) -> Change:
    """Import a statement; lines that were imported before are left out."""
    if not bank_accounts(site).exists():
        return preceded_by(
            gettext_lazy("Import a bank statement"),
            gettext_lazy("Add the bank account first that the statement is of."),
            gettext_lazy("Add a bank account"),
            reverse("console:add_bank_account", args=[site.slug]),
        )
    return Change(
        Dialog(
            title=gettext_lazy("Import a bank statement"),
            button=gettext_lazy("Import"),
            lead=gettext_lazy("A line that was imported before is left out."),
        ),
        StatementForm(site, request.POST or None, request.FILES or None),
        lambda data: services.import_statement(data["account"], request.user, data["file"].read()),
        lambda done: (
            _("%(new)s new lines, %(known)s known, %(matched)s matched.")
            % {"new": done.new, "known": done.known, "matched": done.matched}
        ),
        _CHANGED,
    )


@dialog_page(_MATCH)
def add_account(request: SiteRequest, site: Site) -> Change:
    """Add a bank account."""
    return _account(request, BankAccount(site=site), gettext_lazy("Add a bank account"))


@dialog_page(_MATCH)
def change_account(request: SiteRequest, site: Site, pk: int) -> Change:
    """Change a bank account."""
    account = get_object_or_404(BankAccount, site=site, pk=pk)
    return _account(request, account, gettext_lazy("Change the bank account"))


@site_page(_MATCH)
@require_POST
def find_payers(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the people and companies who match the posted name."""
    return render_fragment(request, "console/people_found.html", posted_search(request, site))


@dialog_page(_MATCH)
def confirm(request: SiteRequest, site: Site, pk: int) -> Change:
    """Confirm the suggested match of a line."""
    line = _line(site, pk)
    found = suggestion_for(line)
    what, why = describe(found) if found else (_("No match is suggested."), "")
    dialog = Dialog(
        title=_("Match %(amount)s") % {"amount": _written(line)},
        button=gettext_lazy("Confirm") if found else "",
        lead=f"{what} {why}",
    )

    def perform(_data: dict[str, Any]) -> object:
        if found is None:
            raise _nothing_suggested()
        return services.confirm_suggestion(line, request.user, found)

    return Change(dialog, confirm_form(request), perform, gettext_lazy("Matched."), _CHANGED)


@dialog_page(_MATCH)
def choose_payer(request: SiteRequest, site: Site, pk: int) -> Change:
    """Match a line with a payer who is chosen."""
    line = _line(site, pk)
    return Change(
        Dialog(
            title=_("Who paid %(amount)s?") % {"amount": _written(line)},
            button=gettext_lazy("Match"),
            lead=gettext_lazy("It pays what is due, the oldest first. The rest is kept as credit."),
        ),
        PayerForm(site, request.POST or None, initial={"name": line.name}),
        lambda data: services.match_with_payer(line, request.user, party_of_holder(data["person"])),
        gettext_lazy("Matched."),
        _CHANGED,
    )


@dialog_page(_MATCH)
def explain_line(request: SiteRequest, site: Site, pk: int) -> Change:
    """Say what a line is that no payer and no bill explains."""
    line = _line(site, pk)
    return Change(
        Dialog(
            title=_("What is %(amount)s?") % {"amount": _written(line)},
            button=gettext_lazy("Save"),
            lead=gettext_lazy("Money that the books know already is not counted a second time."),
        ),
        ExplanationForm(line, request.POST if request.method == "POST" else None),
        lambda data: explain(line, request.user, data),
        gettext_lazy("Saved."),
        _CHANGED,
    )


@dialog_page(_MATCH)
def undo(request: SiteRequest, site: Site, pk: int) -> Change:
    """Undo the match of a line."""
    line = _line(site, pk)
    return Change(
        Dialog(
            title=_("Undo the match of %(amount)s") % {"amount": _written(line)},
            button=gettext_lazy("Undo"),
            lead=gettext_lazy(
                "What it paid is owed again, and a receipt that was made from it becomes void."
            ),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda data: services.undo_match(line, request.user),
        gettext_lazy("The line waits for a match again."),
        _CHANGED,
    )


def _account(request: SiteRequest, account: BankAccount, title: Any) -> Change:
    form = AccountForm(request.POST or None, initial=AccountForm.values_of(account))
    return Change(
        Dialog(
            title=title,
            button=gettext_lazy("Save"),
            lead=gettext_lazy("Enter titles of columns only where the bank uses unusual ones."),
        ),
        form,
        lambda data: services.save_account(form.apply(account), request.user),
        gettext_lazy("Saved."),
        [*_CHANGED, "live:bank"],
    )


def _line(site: Site, pk: int) -> BankLine:
    return get_object_or_404(lines_of(site), pk=pk)


def _written(line: BankLine) -> str:
    return Money(line.amount, line.currency).written()


def _nothing_suggested() -> Rejection:
    return Rejection(
        "line", "no_suggestion", _("no match is suggested any more"), _("choose the payer")
    )
