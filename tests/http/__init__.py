"""The native API, route by route."""
