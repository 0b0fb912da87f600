"""The rules of property fees: pure functions of their arguments, without Django or a clock.

Quantities and prices are decimals in major units, amounts are integers in minor units. Each line is
rounded once, half up; sums of lines are exact.
"""
