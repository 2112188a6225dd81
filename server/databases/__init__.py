"""Databases of connections, as people see them without a kernel: a test, what is in one, its first rows."""
