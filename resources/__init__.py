"""Data that ships with the program; `resources.files` is the only way to a path."""
