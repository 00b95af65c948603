"""Faults made on purpose: what is acknowledged stays, nothing counts twice, nothing answers 500."""
