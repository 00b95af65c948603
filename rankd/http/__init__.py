"""Bytes to values and back: routes, bodies, answers."""
