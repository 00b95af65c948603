"""Properties of the board, checked against a board that shares no code with it."""
