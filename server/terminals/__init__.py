"""Terminals of projects, as people use them."""
