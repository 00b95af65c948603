"""Other systems' APIs, each a package of its own: routes, two translations and an error shape. No rules live here."""
