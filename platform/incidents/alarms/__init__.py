"""Alarm rules at work: which of them watch a signal, their states, timers, late data, back-tests.

Rooms above register what rules may watch (`observables.register`) and hand over their signals
(`signals.observe_afterwards`).
"""
