"""One passage: why the barrier opened, and what a person may do about the car."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from access import services
from access.labels import RULE_LABELS, reason_label, trace_label
from access.models import Decision, Passage
from access.permissions import AccessPermission
from access.selectors import passage_detail
from billing.permissions import BillingPermission
from billing.services import record_cash
from console.dialogs import Dialog, ask
from console.forms.gate import CorrectForm, NothingForm, ReasonForm
from console.lane_cards import TONES
from console.pages import SiteRequest, show_page, site_page
from console.photos import show_photo
from console.views.lanes import LIFT_REASONS
from core import audit
from core.models import Site
from core.money import Money
from parking.charges import charge_of
from parking.models import Stay
from parking.selectors import due_now, stay_or_404
from parking.services import charge_lost_entry

REFUSE_REASONS = [_("No business at the site"), _("Sent to another gate"), _("Vehicle too large")]
CORRECT_REASONS = [_("Camera misread"), _("Plate is dirty"), _("Plate was covered")]
LOST_REASONS = [_("Driver has no record of the entry"), _("Entry camera was out of order")]


@site_page(AccessPermission.VIEW_PASSAGES)
def page(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Explain a passage; that it was looked at is recorded."""
    passage = passage_detail(site, pk)
    audit.record_read(site, request.user, "read passage", ("passage", pk))
    context = {
        "passage": passage,
        "opened": any(each.outcome == Decision.Outcome.OPEN for each in passage.decisions.all()),
        "tone": TONES.get(Passage.State(passage.state), ""),
        "decisions": [_explained(decision) for decision in passage.decisions.all()],
        "stay": Stay.objects.filter(site=site, entry_passage=passage).first()
        or Stay.objects.filter(site=site, exit_passage=passage).first(),
    }
    return show_page(request, "console/passage.html", context, "lanes")


@site_page(AccessPermission.VIEW_PHOTOS)
def photo(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Answer with the photo of a passage."""
    passage = Passage.objects.filter(site=site, pk=pk).first()
    path = passage.image if passage else ""
    return show_photo(request, path, "read picture", ("passage", pk))


@site_page(AccessPermission.CORRECT_PLATE)
@require_http_methods(["GET", "POST"])
def correct(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Put a person's reading in force."""
    passage = passage_detail(site, pk)
    dialog = Dialog(
        title=_("What does the plate say?"),
        lead=_("The camera's own reading is kept beside yours."),
        button=_("Correct"),
        answers=CORRECT_REASONS,
        template="console/dialog_photo.html",
        context={"passage": passage, "candidates": _candidates(passage)},
    )
    first = {"text": passage.plate, "reason": str(CORRECT_REASONS[0])}
    form = CorrectForm(request.POST or None, initial=first)
    return _at_lane(
        request,
        dialog,
        form,
        passage,
        lambda said: services.correct_read(passage, said["text"], request.user, said["reason"]),
        _("The read was corrected."),
    )


@site_page(AccessPermission.OPEN_BARRIER)
@require_http_methods(["GET", "POST"])
def lift(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Open for a car that a person answers for."""
    passage = passage_detail(site, pk)
    dialog = Dialog(
        title=_("Lift the barrier"),
        lead=_("What you write is kept with your name and the picture."),
        button=_("Open the barrier"),
        answers=LIFT_REASONS,
        template="console/dialog_photo.html",
        context={"passage": passage, "plate": passage.plate},
    )
    return _at_lane(
        request,
        dialog,
        ReasonForm(request.POST or None),
        passage,
        lambda said: services.lift_barrier(passage, request.user, said["reason"]),
        _("The barrier was told to open."),
    )


@site_page(AccessPermission.OPEN_BARRIER)
@require_http_methods(["GET", "POST"])
def refuse(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Turn a car away."""
    passage = passage_detail(site, pk)
    dialog = Dialog(
        title=_("Refuse this car"),
        button=_("Refuse"),
        tone="danger-soft",
        answers=REFUSE_REASONS,
        template="console/dialog_photo.html",
        context={"passage": passage, "plate": passage.plate},
    )
    return _at_lane(
        request,
        dialog,
        ReasonForm(request.POST or None),
        passage,
        lambda said: services.refuse_passage(passage, request.user, said["reason"]),
        _("The car was refused."),
    )


@site_page(BillingPermission.RECORD_CASH)
@require_http_methods(["GET", "POST"])
def lost_entry(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Charge a car whose entry nobody knows what the lot asks for that."""
    passage = passage_detail(site, pk)
    dialog = Dialog(
        title=_("Charge without an entry"),
        lead=_("The lot's own charge for a lost entry is asked for, and the stay is reviewed."),
        button=_("Charge"),
        answers=LOST_REASONS,
    )
    return _at_lane(
        request,
        dialog,
        ReasonForm(request.POST or None),
        passage,
        lambda said: charge_lost_entry(passage, request.user, said["reason"]),
        _("The charge was made."),
    )


@site_page(BillingPermission.RECORD_CASH)
@require_http_methods(["GET", "POST"])
def cash(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Book cash for a stay; a car that waits for it is let out."""
    stay = stay_or_404(site, pk)
    due = due_now(stay)
    amount = Money(due.due, due.currency).written()
    dialog = Dialog(
        title=_("Take %(amount)s in cash") % {"amount": amount},
        lead=_("For %(plate)s. Count the money first: it is booked under your name.")
        % {"plate": stay.plate},
        button=_("Money taken"),
    )
    # An empty POST is an answer too: the form has no fields.
    form = NothingForm(request.POST if request.method == "POST" else None)
    return ask(
        request,
        dialog,
        form,
        lambda said: record_cash(charge_of(stay), request.user, due.due),
        _("%(amount)s was booked.") % {"amount": amount},
        tells=["live:lane", f"live:stay-{stay.pk}"],
    )


def _at_lane(
    request: SiteRequest,
    dialog: Dialog,
    form: Any,
    passage: Passage,
    perform: Callable[[dict[str, Any]], Any],
    done: Any,
) -> HttpResponse:
    tells = [f"live:lane-{passage.lane_id}", "live:lane"]
    return ask(request, dialog, form, perform, done, tells=tells)


def _candidates(passage: Passage) -> list[str]:
    decisions = list(passage.decisions.all())
    found = decisions[-1].facts.get("candidates", []) if decisions else []
    return [each["plate"] for each in found]


def _explained(decision: Decision) -> dict[str, Any]:
    return {
        "decision": decision,
        "why": reason_label(decision.rule, decision.facts),
        "steps": [
            {
                **each,
                "name": RULE_LABELS.get(each["rule"], each["rule"]),
                "said": trace_label(each["rule"], each["result"], each.get("facts", {})),
            }
            for each in decision.trace
        ],
    }
