"""What stays of a DICOM header when it is de-identified, element by element. All else goes.

PS3.15 Annex E lists what the Basic Application Level Confidentiality Profile takes away. This is its
other side: the elements that an ultrasound picture needs to be shown and measured. Private elements,
curves, overlays, free text and whatever a later edition or a manufacturer adds are not on the list, and so
cannot be forgotten. A test holds the list against the profile's own table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import Tag

NUMBERS = (
    "SeriesNumber", "InstanceNumber", "NumberOfFrames", "FrameTime", "FrameTimeVector", "CineRate",
    "RecommendedDisplayFrameRate", "StartTrim", "StopTrim", "PreferredPlaybackSequencing", "FrameDelay",
    "EffectiveDuration", "ActualFrameDuration", "DepthOfScanField", "TransducerFrequency", "FocusDepth",
    "MechanicalIndex", "BoneThermalIndex", "CranialThermalIndex", "SoftTissueThermalIndex", "PixelSpacing",
    "UltrasoundColorDataPresent",
)  # fmt: skip
"""Kept as numbers: read as such and written anew, so that no text passes for one."""

WORDS: Mapping[str, frozenset[str]] = {
    "Modality": frozenset({"US", "OT"}),
    "ConversionType": frozenset({"DV", "DI", "DF", "WSD", "SD", "SI", "DRW", "SYN"}),
    "TransducerType": frozenset(
        {"SECTOR_PHASED", "SECTOR_MECH", "SECTOR_ANNULAR", "LINEAR", "CURVED LINEAR", "SINGLE CRYSTAL"}
    ),
}
"""Kept where the value is a word of the standard's own list."""

REGION_NUMBERS = (
    "RegionSpatialFormat", "RegionDataType", "RegionFlags", "RegionLocationMinX0", "RegionLocationMinY0",
    "RegionLocationMaxX1", "RegionLocationMaxY1", "ReferencePixelX0", "ReferencePixelY0",
    "ReferencePixelPhysicalValueX", "ReferencePixelPhysicalValueY", "PhysicalUnitsXDirection",
    "PhysicalUnitsYDirection", "PhysicalDeltaX", "PhysicalDeltaY", "TransducerFrequency",
    "PulseRepetitionFrequency",
)  # fmt: skip
"""Of each item of SequenceOfUltrasoundRegions."""

EMPTY = (
    "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "PatientBirthDate", "PatientSex",
    "StudyID", "PatientOrientation", "Laterality",
)  # fmt: skip
"""Written without a value: the object is not whole without them."""

UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
"""Replaced, the same one by the same one."""

MAKERS = ("GE", "Philips", "Samsung", "Medison", "Siemens", "Canon", "Toshiba", "Mindray", "Esaote",
          "Hitachi", "Fujifilm", "SonoScape", "Supersonic", "Alpinion", "Butterfly", "Clarius")  # fmt: skip
"""A known name within Manufacturer is kept as this word: scores differ between makers. Free text is not."""

_NUMERIC_VRS = frozenset({"DS", "IS", "FD", "FL", "SL", "SS", "UL", "US"})


def profiled(header: Dataset, uid: Callable[[str], str]) -> Dataset:
    """The header as it may leave, without pixels and without a name.

    Args:
        header: of the original.
        uid: gives the replacement of a UID.
    """
    out = Dataset()
    for keyword in NUMBERS:
        _copy_number(header, out, keyword)
    for keyword, allowed in WORDS.items():
        value = str(header.get(keyword) or "").strip()
        if value in allowed:
            setattr(out, keyword, value)
    pointer = header.get("FrameIncrementPointer")
    if pointer in (Tag("FrameTime"), Tag("FrameTimeVector")):
        out.FrameIncrementPointer = pointer
    regions = [_region(item) for item in _items(header, "SequenceOfUltrasoundRegions")]
    if regions:
        out.SequenceOfUltrasoundRegions = regions
    for keyword in EMPTY:
        setattr(out, keyword, "")
    for keyword in UIDS:
        setattr(out, keyword, uid(str(header.get(keyword) or "")))
    out.Manufacturer = maker(str(header.get("Manufacturer") or ""))
    if "Modality" not in out:
        out.Modality = "OT"
    return out


def maker(said: str) -> str:
    """One of `MAKERS`, or nothing."""
    parts = said.upper().replace(",", " ").replace(".", " ").split()
    return next((name for name in MAKERS if name.upper() in parts), "")


def _region(item: Dataset) -> Dataset:
    out = Dataset()
    for keyword in REGION_NUMBERS:
        _copy_number(item, out, keyword)
    return out


def _items(header: Dataset, keyword: str) -> list[Dataset]:
    value: Any = header.get(keyword)
    return list(value) if value else []


def _copy_number(source: Dataset, target: Dataset, keyword: str) -> None:
    """Copy an element that holds numbers; one that holds anything else is left out."""
    try:
        element = source[keyword]
        value: Any = element.value
        several = list(value) if isinstance(value, (MultiValue, list)) else [value]
        numbers = [float(part) for part in several]
    except (KeyError, TypeError, ValueError):
        return
    if element.VR not in _NUMERIC_VRS or not numbers or any(number != number for number in numbers):
        return
    if element.VR in ("FD", "FL"):
        clean: list[Any] = numbers
    elif element.VR == "DS":
        clean = [f"{number:.10g}" for number in numbers]
    else:
        clean = [int(number) for number in numbers]
    setattr(target, keyword, clean if len(clean) > 1 else clean[0])
