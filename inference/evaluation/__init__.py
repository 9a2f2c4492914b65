"""Figures of a model on labelled pictures, with intervals; needs the extra `evaluation`."""
