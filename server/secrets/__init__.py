"""Secrets at rest: where the keys are (`keys`), and how a value is shut away (`vault`). Knows no table."""
