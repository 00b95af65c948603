"""One file a question; each starts a rankd of its own, and `python -m benchmarks --help` lists them."""
