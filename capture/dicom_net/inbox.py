"""Where objects that come in are put: whole or not at all, under names that say nothing of the patient."""

from __future__ import annotations

import errno
import hashlib
import itertools
import logging
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pydicom
from pynetdicom.dsutils import create_file_meta, encode_file_meta

import capture.dicom_net.library  # noqa: F401
from capture.dicom_net.statuses import CANNOT_UNDERSTAND, NOT_ITS_CLASS, OUT_OF_RESOURCES

log = logging.getLogger(__name__)

PARTIAL = ".incoming-"
"""How names of unfinished files begin; what watches the folder leaves names with a dot alone."""
_STALE_S = 3600.0


class RefusedObjectError(Exception):
    """An object is not taken; `status` tells the sender, the message tells us."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class DataSet(Protocol):
    """Bytes in memory, as `io.BytesIO` has them."""

    def getbuffer(self) -> memoryview: ...


@dataclass(frozen=True, slots=True)
class Incoming:
    """What comes with an object's bytes."""

    sop_class: str
    sop_instance: str
    syntax: str
    calling: str
    """AE title of the sender."""


@dataclass(frozen=True, slots=True)
class Received:
    """One object that lies in the folder, whole."""

    path: Path
    calling: str
    size_bytes: int
    known: bool
    """It was there before; nothing was written."""


class Inbox:
    """Several associations may put at the same time."""

    def __init__(
        self,
        folder: Path,
        *,
        most_bytes: int = 1 << 30,
        keep_free_bytes: int = 1 << 30,
        free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        """Make the folder where it is not there yet, and clear what a killed program left half written.

        Raises:
            OSError: it cannot be made or read.
        """
        self.folder = folder
        self.most_bytes = most_bytes
        self._keep_free_bytes = keep_free_bytes
        self._free_bytes = free_bytes
        self._count = itertools.count()
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{PARTIAL}*"):
            if time.time() - old.stat().st_mtime > _STALE_S:
                old.unlink(missing_ok=True)

    def put(self, incoming: Incoming, data: DataSet) -> Received:
        """Write one object.

        Raises:
            RefusedObjectError: too large, no room, or not to be understood.
        """
        with data.getbuffer() as body:
            size = len(body)
            if size > self.most_bytes:
                raise self.too_large()
            path = self.folder / file_name(incoming.sop_instance)
            if path.exists():
                return Received(path, incoming.calling, path.stat().st_size, known=True)
            partial = self.folder / f"{PARTIAL}{os.getpid()}-{next(self._count)}"
            try:
                self._check_room(size)
                self._write(partial, incoming, body)
                _check(partial, incoming)
                partial.replace(path)
            except OSError as error:
                full = error.errno in (errno.ENOSPC, errno.EDQUOT)
                said = "the disk is full" if full else f"it cannot be written ({error.strerror})"
                raise RefusedObjectError(OUT_OF_RESOURCES, said) from error
            finally:
                _forget(partial)
        return Received(path, incoming.calling, path.stat().st_size, known=False)

    def too_large(self) -> RefusedObjectError:
        return RefusedObjectError(
            OUT_OF_RESOURCES, f"it is larger than {self.most_bytes / (1 << 20):.0f} MiB, the limit"
        )

    def _check_room(self, size: int) -> None:
        free = self._free_bytes(self.folder)
        if free - size < self._keep_free_bytes:
            raise RefusedObjectError(
                OUT_OF_RESOURCES,
                f"the disk is nearly full: {free / (1 << 20):.0f} MiB left,"
                f" {self._keep_free_bytes / (1 << 20):.0f} MiB are kept free",
            )

    def _write(self, partial: Path, incoming: Incoming, body: memoryview) -> None:
        meta = create_file_meta(
            sop_class_uid=pydicom.uid.UID(incoming.sop_class),
            sop_instance_uid=pydicom.uid.UID(incoming.sop_instance),
            transfer_syntax=pydicom.uid.UID(incoming.syntax),
        )
        with partial.open("xb") as out:
            out.write(b"\0" * 128 + b"DICM" + encode_file_meta(meta))
            out.write(body)
            out.flush()
            os.fsync(out.fileno())


def file_name(sop_instance: str) -> str:
    """The same object always gets the same name, and nobody can tell whose it is."""
    return f"{hashlib.sha256(sop_instance.encode()).hexdigest()[:24]}.dcm"


def _check(path: Path, incoming: Incoming) -> None:
    """Garbage is refused while its sender still listens."""
    try:
        header = pydicom.dcmread(
            path, stop_before_pixels=True, specific_tags=["SOPClassUID", "SOPInstanceUID", "Modality"]
        )
        kind, instance = header.get("SOPClassUID"), header.get("SOPInstanceUID")
    except Exception as error:  # pydicom raises nearly anything on garbage
        raise RefusedObjectError(CANNOT_UNDERSTAND, "its data cannot be read") from error
    if kind is None or instance is None:
        raise RefusedObjectError(CANNOT_UNDERSTAND, "its data cannot be read")
    if kind != incoming.sop_class or instance != incoming.sop_instance:
        raise RefusedObjectError(NOT_ITS_CLASS, "its data are of another object than announced")


def _forget(partial: Path) -> None:
    try:
        partial.unlink(missing_ok=True)
    except OSError:
        log.warning("%s cannot be removed", partial.name)
