"""Recorded requests of other systems' clients, each with the answer it must have: a file a family."""
