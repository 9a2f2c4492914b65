"""Finding the scan inside the picture, following it, and keeping it by name."""
