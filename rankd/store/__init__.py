"""Redis: one file a noun. Only `client` and `server` speak to it."""
