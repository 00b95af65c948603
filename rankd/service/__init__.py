"""One public coroutine an operation: permission, board definitions, time."""
