"""Measures a running rankd over HTTP, and two controls beside it, so that ratios can be quoted.

session      run(): the rounds, from opening a board to dropping it
driver       the closed loop that sends requests and times answers
workloads    which requests are sent
server       the measured server: its facts, and the board made for the run
controls     the naive way and the bare command, measured in the same rounds
naive        the process that the controls run against
figures      percentiles, medians, ratios
report       the table and the JSON document
"""

from rankd.bench.session import run

__all__ = ["run"]
