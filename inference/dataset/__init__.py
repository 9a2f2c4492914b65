"""Labelled pictures in a folder: a site's own or the phantom's, read alike (docs/bring-your-own-data.md)."""

from __future__ import annotations

from inference.dataset.errors import DataSetError, LeakError
from inference.dataset.folder import DataSet, read_dataset
from inference.dataset.readers import ReaderCall, read_readers
from inference.dataset.row import LOOK_ALIKES, VIEWS, LabelRow

__all__ = [
    "LOOK_ALIKES",
    "VIEWS",
    "DataSet",
    "DataSetError",
    "LabelRow",
    "LeakError",
    "ReaderCall",
    "read_dataset",
    "read_readers",
]
