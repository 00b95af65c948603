"""Values and rules of leaderboards, without I/O."""
