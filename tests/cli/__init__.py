"""Tests of the `rankd` command."""
