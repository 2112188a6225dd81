"""What interactive widgets are in now: a pure fold of a kernel's comm messages into models."""

from kernel_manager.widgets.captured import OUTPUT_MODEL, folded
from kernel_manager.widgets.models import (
    CONTROL_TARGET,
    STATES_COMM,
    Bounds,
    Buffer,
    Change,
    Closed,
    Model,
    Models,
    Opened,
    Path,
    Said,
    Updated,
    ids_in,
)

__all__ = [
    "CONTROL_TARGET",
    "OUTPUT_MODEL",
    "STATES_COMM",
    "Bounds",
    "Buffer",
    "Change",
    "Closed",
    "Model",
    "Models",
    "Opened",
    "Path",
    "Said",
    "Updated",
    "folded",
    "ids_in",
]
