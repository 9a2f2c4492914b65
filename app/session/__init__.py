"""The exam: on disk from its first second, readable after any end. No Qt."""
