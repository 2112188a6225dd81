"""Reads and writes by subject. Each function takes a session and returns plain values, never rows."""
