"""Serving HTTP: the protocol with its deadline, the listening socket, one process or several."""
