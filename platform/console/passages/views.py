"""One passage: its decisions explained, and what a guard can do about it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from access import services
from access.labels import RULE_LABELS, reason_label, trace_label
from access.models import Decision, Passage, PassageFrame
from access.permissions import AccessPermission
from access.selectors import passage_detail
from billing.permissions import BillingPermission
from console.car_links import car_context
from console.lane_cards import LIFT_REASONS, TONES
from console.pages import render_list, render_page
from console.passages.forms import CorrectForm
from console.passages.listing import PASSAGES
from core import audit
from core.models import Site, User
from parking import partners
from parking.models import Stay
from parking.services import charge_lost_entry
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import PlainForm, ReasonForm
from ui.lists import list_page
from ui.pages import SiteRequest, Text, site_page
from ui.photos import photo_response

REFUSE_REASONS = [_("No business at this site"), _("Sent to another gate"), _("Vehicle too large")]
CORRECT_REASONS = [_("Camera misread"), _("Plate dirty"), _("Plate covered")]
LOST_REASONS = [_("Driver has no proof of entry"), _("Entry camera out of order")]


@site_page(AccessPermission.VIEW_PASSAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def page_of_list(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the passages."""
    return list_page(request, PASSAGES, render_list(request, "passages"))


@site_page(AccessPermission.VIEW_PASSAGES)
def page(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Explain a passage, and audit the view."""
    passage = passage_detail(site, pk)
    audit.record_read(site, request.user, "read passage", ("passage", pk))
    context = {
        "passage": passage,
        "opened": any(each.outcome == Decision.Outcome.OPEN for each in passage.decisions.all()),
        "tone": TONES.get(Passage.State(passage.state), ""),
        "decisions": [_explained(decision) for decision in passage.decisions.all()],
        "stay": Stay.objects.filter(site=site, entry_passage=passage).first()
        or Stay.objects.filter(site=site, exit_passage=passage).first(),
        "partner": partners.partner_of(passage),
        **car_context(request, passage.plate),
    }
    return render_page(request, "console/passages/detail.html", context, "passages")


@site_page(AccessPermission.VIEW_PHOTOS)
def photo(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Return the photo of a passage."""
    passage = Passage.objects.filter(site=site, pk=pk).first()
    path = passage.image if passage else ""
    return photo_response(request, path, "read picture", ("passage", pk))


@site_page(AccessPermission.VIEW_PHOTOS)
def frame(request: SiteRequest, site: Site, pk: int, frame: int) -> HttpResponse:
    """Return a further photo of a passage."""
    found = PassageFrame.objects.filter(passage__site=site, passage=pk, pk=frame).first()
    path = found.image if found else ""
    return photo_response(request, path, "read picture", ("passage", pk))


@dialog_page(AccessPermission.CORRECT_PLATE)
def correct(request: SiteRequest, site: Site, pk: int) -> Change:
    """Replace the camera's reading by the guard's."""
    passage = passage_detail(site, pk)
    dialog = Dialog(
        title=_("What is the plate?"),
        lead=_("The camera's reading is kept beside yours."),
        button=_("Correct"),
        suggestions=CORRECT_REASONS,
        template="console/passages/dialog_photo.html",
        context={
            "passage": passage,
            "candidates": _candidates(passage),
            "texts": _other_texts(passage),
        },
    )
    text = partners.corrected_text(passage) or passage.plate
    first = {"text": text, "reason": str(CORRECT_REASONS[0])}
    form = CorrectForm(request.POST or None, initial=first)
    return _at_lane(
        dialog,
        form,
        passage,
        lambda data: services.correct_read(passage, data["text"], request.user, data["reason"]),
        _("Plate corrected."),
    )


@dialog_page(AccessPermission.OPEN_BARRIER)
def lift(request: SiteRequest, site: Site, pk: int) -> Change:
    """Open the barrier for a car by hand."""
    passage = passage_detail(site, pk)
    dialog = Dialog(
        title=_("Open the barrier"),
        lead=_("Your reason is recorded with your name and the photo."),
        button=_("Open the barrier"),
        suggestions=LIFT_REASONS,
        template="console/passages/dialog_photo.html",
        context={"passage": passage, "plate": passage.plate},
    )
    return _with_reason(request, dialog, passage, services.lift_barrier, _("Command sent."))


@dialog_page(AccessPermission.OPEN_BARRIER)
def refuse(request: SiteRequest, site: Site, pk: int) -> Change:
    """Refuse a car."""
    passage = passage_detail(site, pk)
    dialog = Dialog(
        title=_("Refuse this car"),
        button=_("Refuse"),
        tone="danger-soft",
        suggestions=REFUSE_REASONS,
        template="console/passages/dialog_photo.html",
        context={"passage": passage, "plate": passage.plate},
    )
    return _with_reason(request, dialog, passage, services.refuse_passage, _("Car refused."))


@dialog_page(BillingPermission.RECORD_CASH)
def lost_entry(request: SiteRequest, site: Site, pk: int) -> Change:
    """Charge a car without a known entry the lot's fee for a lost entry."""
    passage = passage_detail(site, pk)
    dialog = Dialog(
        title=_("Charge without entry"),
        lead=_("The lot's charge for a lost entry applies, and the stay is marked for review."),
        button=_("Charge"),
        suggestions=LOST_REASONS,
    )
    return _with_reason(request, dialog, passage, charge_lost_entry, _("Charge added."))


def _with_reason(
    request: SiteRequest,
    dialog: Dialog,
    passage: Passage,
    service: Callable[[Passage, User, str], Any],
    done: Text,
) -> Change:
    """Return a change of the passage for which staff give a reason."""
    return _at_lane(
        dialog,
        ReasonForm(request.POST or None),
        passage,
        lambda data: service(passage, request.user, data["reason"]),
        done,
    )


def _at_lane(
    dialog: Dialog,
    form: PlainForm,
    passage: Passage,
    perform: Callable[[dict[str, Any]], Any],
    done: Text,
) -> Change:
    """Return a change after which the lane's card reloads."""
    return Change(dialog, form, perform, done, [f"live:lane-{passage.lane_id}", "live:lane"])


def _candidates(passage: Passage) -> list[str]:
    decisions = list(passage.decisions.all())
    found = decisions[-1].facts.get("candidates", []) if decisions else []
    return [each["plate"] for each in found]


def _other_texts(passage: Passage) -> list[str]:
    """Return the texts that were read before the one in force, to undo an adopted plate."""
    texts = [each.text for each in passage.reads.all() if each.text not in ("", passage.plate)]
    return list(dict.fromkeys(texts))


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
