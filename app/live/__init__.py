"""The live picture: when a frame is painted, with which heat-map, and how."""
