"""Procedures: what to do about incidents of a kind, and which steps were done for one."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit, clock
from core.errors import Rejection
from core.models import Site, User
from incidents import kinds, timeline
from incidents.models import Incident, ProcedureStep, StepTick
from incidents.services.changes import locked_active, record_change

MAX_STEPS = 30
MAX_TEXT = 200
DONE = timeline.declare("step_done", gettext_lazy("Done: %(step)s"))
UNDONE = timeline.declare("step_undone", gettext_lazy("Not done after all: %(step)s"))


@transaction.atomic
def change_procedure(site: Site, actor: User, kind: str, steps: Sequence[str]) -> None:
    """Replace the steps of a kind at a site; steps that stay the same keep their ticks.

    Args:
        steps: in their order; none: incidents of the kind have no procedure.

    Raises:
        Rejection: the kind is unknown, or there are too many steps, or one is too long or twice.
    """
    texts = [" ".join(step.split()) for step in steps if step.strip()]
    _check(kind, texts)
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    current = ProcedureStep.objects.filter(site=site, kind=kind, ended_at=None)
    before = {each.text: each for each in current}
    if [each.text for each in current] == texts:
        return
    now = clock.now()
    current.update(ended_at=now)
    for position, text in enumerate(texts):
        step = before.get(text)
        if step is None:
            step = ProcedureStep(site=site, kind=kind, text=text, created_at=now)
        step.position, step.ended_at = position, None
        step.save()
    audit.record(site, actor, "change procedure", ("site", site.pk), kind=kind, steps=len(texts))


@transaction.atomic
def tick_step(incident: Incident, step: ProcedureStep, actor: User, done: bool) -> None:
    """Record that a step is done, or that it is not after all; the same again changes nothing.

    Raises:
        Rejection: the incident has ended, or the step is of another kind or site.
    """
    incident = locked_active(incident)
    if (step.site_id, step.kind) != (incident.site_id, incident.kind):
        raise Rejection(
            "step", "other_procedure", _("this step is of another procedure"), _("reload the page")
        )
    ticks = StepTick.objects.filter(incident=incident, step=step)
    if ticks.exists() == done:
        return
    if done:
        StepTick.objects.create(incident=incident, step=step, at=clock.now(), actor=actor)
    else:
        ticks.delete()
    timeline.record(incident, DONE if done else UNDONE, actor, step=step.text)
    record_change(incident, actor, "do step" if done else "undo step", step=step.pk)


def _check(kind: str, texts: Sequence[str]) -> None:
    if not kinds.is_registered(kind):
        raise Rejection(
            "kind", "not_a_choice", _("unknown kind of incident"), _("choose one of the list")
        )
    if len(texts) > MAX_STEPS:
        raise Rejection(
            "steps",
            "too_many",
            _("a procedure has at most %(most)s steps") % {"most": MAX_STEPS},
            _("join some of them"),
        )
    if any(len(text) > MAX_TEXT for text in texts):
        raise Rejection(
            "steps",
            "too_long",
            _("a step has at most %(most)s characters") % {"most": MAX_TEXT},
            _("split it"),
        )
    if len(set(texts)) < len(texts):
        raise Rejection("steps", "duplicate", _("a step is there twice"), _("remove one"))
