"""Do the steps of one escalation: those that are due, or the next one because a person wants it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import clock, live
from core.models import User
from core.permissions import StandardRole
from incidents import timeline, topics
from incidents.escalation import plans, responders
from incidents.escalation.labels import ESCALATED, NO_ONE
from incidents.escalation.notices import notify_of
from incidents.escalation.plans import Place, Plan, Step
from incidents.models import EscalationNotice, EscalationRun, Incident
from incidents.models.escalation import Target
from incidents.visibility import permission_to_see

_MANAGERS = Step(0, Target.ROLE.value, StandardRole.MANAGER.value)


@dataclass(frozen=True, slots=True)
class Reached:
    """A step, and the people whom it notifies now."""

    step: Step
    people: tuple[User, ...]


class Advance:
    """The steps of one escalation that are done at one instant.

    Args:
        run: its ``plan`` and place are read; it need not be stored for `preview`.
        actor: the person who wants the next step now, who is not notified; None: it is due.
    """

    def __init__(
        self, run: EscalationRun, incident: Incident, now: datetime, actor: User | None = None
    ) -> None:
        self._run, self._incident, self._now, self._actor = run, incident, now, actor
        self._plan: Plan = plans.from_json(run.plan)
        self._place = Place(run.position, run.repetition)
        self._notified: set[int] = set()  # at this instant

    def do(self) -> None:
        """Do the steps, and store where the escalation is now."""
        due: datetime | None = self._now
        while due is not None and due <= self._now:
            found = self._notify(self._plan.steps[self._place.position])
            due = self._move_on(found)
        if due is None and self._reaches_no_one():
            self._send(responders.managers(self._incident.site), _MANAGERS)
        self._store(due)
        live.announce(topics.INCIDENT, self._incident.site_id, self._incident.pk)

    def preview(self) -> list[Reached]:
        """Return whom `do` would notify, without doing it."""
        reached: list[Reached] = []
        due: datetime | None = self._now
        while due is not None and due <= self._now:
            step = self._plan.steps[self._place.position]
            people = self._people(step)
            if new := self._new(people):
                reached.append(Reached(step, tuple(new)))
                self._notified |= {user.pk for user in new}
            due = self._move_on(bool(people))
        if due is None and self._reaches_no_one():
            reached.append(Reached(_MANAGERS, tuple(responders.managers(self._incident.site))))
        return [each for each in reached if each.people]

    def _store(self, due: datetime | None) -> None:
        """Store the place; an escalation that a person has stopped stays so."""
        run = self._run
        run.position, run.repetition = self._place.position, self._place.repetition
        if run.ended_at is None:
            run.next_step_at = due
        if due is None:
            run.ended_at, run.end = run.ended_at or self._now, EscalationRun.End.DONE
        run.save()

    def _move_on(self, found: bool) -> datetime | None:
        """Go to the next step and return when it is due: at once where no one was found."""
        following = plans.following(self._plan, self._place)
        if following is None:
            return None
        same = following.repetition == self._place.repetition
        self._place = following
        if same and not found and (self._actor or not self._plan.by_day):
            return self._now
        return plans.due_at(self._plan, following, self._now, self._incident.site.timezone)

    def _notify(self, step: Step) -> bool:
        """Notify the people of a step; return whether there are any."""
        people = self._people(step)
        if new := self._new(people):
            self._send(new, step)
        elif not people and not self._found(step):
            number = self._place.position + 1
            timeline.record(self._incident, NO_ONE, step=number, **self._target(step))
        return bool(people)

    def _new(self, people: list[User]) -> list[User]:
        return [user for user in people if user.pk not in self._notified]

    def _send(self, people: list[User], step: Step) -> None:
        if not people:
            return
        text = self._text()
        self._notified |= {user.pk for user in people}
        urgent = self._plan.urgent or self._actor is not None
        channels = notify_of(self._incident, people, urgent=urgent, text=text)
        # Not before the message: a reminder asks whether there was one since.
        at = clock.now()
        EscalationNotice.objects.bulk_create(
            EscalationNotice(
                run=self._run,
                user=user,
                target=step.target,
                repetition=self._place.repetition,
                at=at,
            )
            for user in people
        )
        timeline.record(
            self._incident,
            ESCALATED,
            step=self._place.position + 1,
            repetition=self._place.repetition,
            **self._target(step),
            users=[user.pk for user in people],
            channels=channels,
        )

    def _target(self, step: Step) -> dict[str, Any]:
        name = responders.name_of_role(self._incident.site, step.role)
        return {"target": step.target, "role": step.role, "role_name": name}

    def _text(self) -> str:
        if self._actor is not None:
            return "escalated"
        return "unacknowledged" if self._run.notices.exists() else ""

    def _people(self, step: Step) -> list[User]:
        """Return the people of a step, without the person who escalates."""
        found = self._found(step)
        return [user for user in found if user != self._actor]

    def _found(self, step: Step) -> list[User]:
        site = self._incident.site
        if step.target == Target.ON_DUTY:
            return responders.on_duty(site)
        if step.target == Target.ON_CALL:
            return responders.on_call(site, self._now)[:1]
        if step.target == Target.NEXT_ON_CALL:
            return self._next_on_call()
        if step.target == Target.ROLE:
            permission = permission_to_see(self._incident.kind)
            return responders.holders_of(site, step.role, permission)
        return responders.among_responders(site, step.users)

    def _next_on_call(self) -> list[User]:
        """Return the next person on call who was not notified in this repetition."""
        before = EscalationNotice.objects.filter(
            run=self._run.pk, repetition=self._place.repetition
        )
        known = {*before.values_list("user", flat=True), *self._notified}
        if self._actor is not None:
            known.add(self._actor.pk)
        order = responders.in_calling_order(self._incident.site, self._now)
        return [user for user in order if user.pk not in known][:1]

    def _reaches_no_one(self) -> bool:
        """Whether the escalation ends without having notified anyone."""
        before = EscalationNotice.objects.filter(run=self._run.pk)
        return not self._notified and not before.exists()
