"""pynetdicom, kept from writing values of patients into the log. Everything here imports it through this."""

from __future__ import annotations

import logging

from pynetdicom import _config

import capture.dicom_header  # noqa: F401  pydicom quotes values in its warnings: silenced there

# Queries, answers and damaged objects would be logged element by element, names included; tracebacks quote
# values too. What happened is told by this package in its own words.
_config.LOG_HANDLER_LEVEL = "none"
_config.LOG_REQUEST_IDENTIFIERS = False
_config.LOG_RESPONSE_IDENTIFIERS = False
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)

# A file goes out as it is on disk, neither decoded nor encoded again.
_config.STORE_SEND_CHUNKED_DATASET = True
