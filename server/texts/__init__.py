"""Text files of projects that people edit together."""
