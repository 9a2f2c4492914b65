"""Services by their SOP Class UIDs (PS3.6 table A-1)."""

from __future__ import annotations

from pydicom.uid import UID

VERIFICATION = UID("1.2.840.10008.1.1")
WORKLIST = UID("1.2.840.10008.5.1.4.31")
FIND = UID("1.2.840.10008.5.1.4.1.2.2.1")
MOVE = UID("1.2.840.10008.5.1.4.1.2.2.2")
GET = UID("1.2.840.10008.5.1.4.1.2.2.3")
"""The last three of the study root model."""
COMMITMENT = UID("1.2.840.10008.1.20.1")
COMMITMENT_INSTANCE = UID("1.2.840.10008.1.20.1.1")
"""The one well-known object that requests for storage commitment go to (PS3.4 J.3.5)."""
