"""Evaluate many signals at once: the past, for a back-test or for late data."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from incidents.rules import engine
from incidents.rules.engine import Transition
from incidents.rules.model import Rule, Signal
from incidents.rules.state import RuleState


@dataclass(frozen=True, slots=True)
class Period:
    """A time in which an alarm was raised; without an end it still is."""

    began_at: datetime
    ended_at: datetime | None = None


@dataclass
class Replay:
    """The evaluation of one source's signals, which may come in several batches."""

    rule: Rule
    state: RuleState
    periods: list[Period] = field(default_factory=list)

    def feed(self, signals: Iterable[Signal]) -> None:
        """Evaluate signals in the order of time; those that are late are left out."""
        due = engine.wake_at(self.rule, self.state)
        for signal in signals:
            if not engine.matters(self.rule, self.state, due, signal):
                continue
            outcome = engine.step(self.rule, self.state, signal)
            self.state = outcome.state
            self._record(outcome.transitions)
            due = engine.wake_at(self.rule, self.state)

    def finish(self, until: datetime) -> list[Period]:
        """Evaluate the time up to an instant, and return the periods."""
        outcome = engine.advance(self.rule, self.state, until)
        self.state = outcome.state
        self._record(outcome.transitions)
        return self.periods

    def _record(self, transitions: Iterable[Transition]) -> None:
        for each in transitions:
            if each.active:
                self.periods.append(Period(each.at))
            else:
                self.periods[-1] = Period(self.periods[-1].began_at, each.at)


def replay(rule: Rule, signals: Iterable[Signal], begin: datetime, until: datetime) -> list[Period]:
    """Return when the rule would have raised its alarm for one source.

    Args:
        signals: of the source, in the order of time.
        begin: since when the rule watches.
        until: end of the replay; no signal is later.
    """
    run = Replay(rule, engine.begin(rule, begin))
    run.feed(signals)
    return run.finish(until)
