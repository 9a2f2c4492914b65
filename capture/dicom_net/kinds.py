"""The kinds of object and the encodings that are taken in."""

from __future__ import annotations

from pydicom.uid import (
    HEVCMP51,
    JPEG2000,
    MPEG2MPHL,
    MPEG2MPML,
    MPEG4HP41,
    MPEG4HP41BD,
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
    RLELossless,
    SecondaryCaptureImageStorage,
    UltrasoundImageStorage,
    UltrasoundMultiFrameImageStorage,
)
from pynetdicom.presentation import PresentationContext, build_context, build_role

import capture.dicom_net.library  # noqa: F401

RETIRED_ULTRASOUND = UID("1.2.840.10008.5.1.4.1.1.6")
RETIRED_ULTRASOUND_MULTI_FRAME = UID("1.2.840.10008.5.1.4.1.1.3")
"""Of machines older than 1993's supplement; PS3.6 table A-1."""

PICTURES: tuple[UID, ...] = (
    UltrasoundMultiFrameImageStorage,
    UltrasoundImageStorage,
    SecondaryCaptureImageStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    RETIRED_ULTRASOUND_MULTI_FRAME,
    RETIRED_ULTRASOUND,
)

ENCODINGS: tuple[UID, ...] = (
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    JPEG2000Lossless,
    JPEG2000,
    RLELossless,
    MPEG2MPML,
    MPEG2MPHL,
    MPEG4HP41,
    MPEG4HP41BD,
    HEVCMP51,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
)
"""What `capture` reads. Not the deflated one: a few bytes of it may unpack to any size."""


def offered() -> list[PresentationContext]:
    """Each kind in each encoding as a context of its own, so that the sender need not encode anew."""
    return [build_context(kind, encoding) for kind in PICTURES for encoding in ENCODINGS]


def storage_roles() -> list[object]:
    """On an association that we open, the peer sends and we store (PS3.7 D.3.3.4)."""
    return [build_role(kind, scp_role=True) for kind in PICTURES]
