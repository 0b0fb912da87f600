"""Alarm rules: a pure engine. It reads no clock and no database.

The same signals in the same order give the same alarms, whether they are evaluated as they arrive,
after a restart from a stored state, or as a replay of the past.

`parsing.parse` reads a definition, `engine.step` evaluates a signal, `engine.advance` the passing
of time, and `replay.replay` many signals at once.
"""
