"""The rule by which figures are released: noise drawn once per lump of days and stored. Pure.

One decision more or less changes the probability of everything that is ever published by a factor of at most
e^ε, whatever a reader knows, adds or asks again (differential privacy; Dwork and Roth 2014, definition 2.4).
The modules say which part of that they prove.
"""
