"""The shell: HTTP, sockets and the database. The only bridge between `collab` and `kernel_manager`."""

__version__ = "0.1.0"
