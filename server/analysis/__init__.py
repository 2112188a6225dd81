"""Answers about code while people write it, from analysers beside the kernels."""
