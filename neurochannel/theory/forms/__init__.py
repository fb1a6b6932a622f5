"""Closed forms: systems whose flow, conserved quantities and limits are known, in plain NumPy.

Nothing here uses the engine, so that the two computations can be compared.
"""
