"""Jupyter Server's own API over this server's kernels, documents, people and rights."""
