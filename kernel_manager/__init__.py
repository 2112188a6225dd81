"""Machines, kernels, and what runs beside and inside them. Knows no people and no documents."""
