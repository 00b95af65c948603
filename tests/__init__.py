"""The tests of rankd: real stores, real processes, and a small board of their own to compare with."""
