"""Search in the files and notebooks of all projects that somebody may read."""
