"""DICOM over the network: associations with bounds on every wait, and a storage that machines can push to."""

from __future__ import annotations
