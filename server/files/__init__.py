"""The files of projects: read, listed, written and moved, with no step outside a project's folder."""
