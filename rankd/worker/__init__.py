"""Loops that go on beside requests and do what scripts left behind."""
