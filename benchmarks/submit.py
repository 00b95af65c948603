"""How fast is rankd, and how many times the naive way and the bare command?

The same as `rankd bench`: against the rankd at a URL, or against one of its own.
"""

from collections.abc import Callable

from benchmarks.service import own_service


def measure(run: Callable[[str, str], int], url: str | None, key: str) -> int:
    """`run` is rankd.bench.run with its options; gives its exit code."""
    if url:
        return run(url, key)
    with own_service() as service:
        return run(service.target.url, service.target.key)
