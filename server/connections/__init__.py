"""Connections of projects to what is outside: which kinds there are, and the only door to their secrets."""
