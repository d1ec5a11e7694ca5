"""When a released figure is an alarm: what is usual, and one rule. Pure.

Everything here reads what is public already: released figures, coarse figures of the running day, and when
versions were published. So an alarm tells nothing about a decision that its figures do not tell. The one
exception is `silence`, which compares exact numbers and is for operators alone.
"""
