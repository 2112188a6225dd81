"""One environment a project: made, filled, changed and rolled back with uv; never the server's interpreter.

Each state of an environment is a folder that is never changed once it is whole. A link names the one that
kernels use, and replacing that link is the only moment at which anything changes for them.
"""

from kernel_manager.environment.base import PACKAGES, ensure_default
from kernel_manager.environment.bytecode import compile_bytecode, compile_guest
from kernel_manager.environment.tool import EnvironmentFailed, tool_environment

__all__ = [
    "PACKAGES",
    "EnvironmentFailed",
    "compile_bytecode",
    "compile_guest",
    "ensure_default",
    "tool_environment",
]
