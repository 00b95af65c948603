"""`python -m rankd`: the same as the `rankd` command."""

from rankd.cli import main

main()
