"""What comes in: sources of frames, the scan region inside them, and whether the picture is alive."""
