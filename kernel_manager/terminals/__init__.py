"""Shells in the sandbox of a project, behind pseudo-terminals of the server."""
