"""Other systems' APIs, beyond what their documents show (tests/golden)."""
