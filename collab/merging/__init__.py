"""Versions of a text or a notebook: what differs, and how two that come from a third become one. Pure."""
