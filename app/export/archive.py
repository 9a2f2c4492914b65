"""A PACS that is asked what it has, and brings it: the same whichever way it speaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from capture import dicom_query
from capture.dicom_net.fetch import Fetched, fetch
from capture.dicom_net.inbox import Inbox, Received, file_name
from capture.dicom_net.peer import ListenerSettings, Peer
from capture.dicom_query import Found, InstanceFound, SeriesFound, StudyFound


class Archive(Protocol):
    """`DicomArchive`, or `app.export.dicomweb.WebRoute`. Every call may raise PeerError."""

    @property
    def name(self) -> str:
        """As `pacs.json` calls it."""
        ...

    def studies(
        self,
        since: date | None = None,
        until: date | None = None,
        patient_id: str = "",
        accession_number: str = "",
        modality: str = "US",
    ) -> Found[StudyFound]:
        """Studies of a range of days, a patient or an order."""
        ...

    def instances(self, study_uid: str, modality: str = "") -> Found[InstanceFound]:
        """The objects of a study, those of other modalities left out where it can be asked for."""
        ...

    def fetch(
        self,
        inbox: Inbox,
        study_uid: str,
        on_object: Callable[[Received], None] = lambda received: None,
        only: Sequence[InstanceFound] | None = None,
    ) -> Fetched:
        """Bring the pictures and cines of a study, or those of them that are named."""
        ...


class DicomArchive:
    """By C-FIND, and C-GET or C-MOVE."""

    def __init__(self, peer: Peer, listener: ListenerSettings | None = None) -> None:
        """Nothing is asked yet.

        Args:
            peer: who.
            listener: where it can call us; needed where it can only be asked to move.
        """
        self.peer, self.listener = peer, listener

    @property
    def name(self) -> str:
        return self.peer.name

    def studies(
        self,
        since: date | None = None,
        until: date | None = None,
        patient_id: str = "",
        accession_number: str = "",
        modality: str = "US",
    ) -> Found[StudyFound]:
        return dicom_query.find_studies(
            self.peer,
            since=since,
            until=until,
            patient_id=patient_id,
            accession_number=accession_number,
            modality=modality,
        )

    def series(self, study_uid: str) -> Found[SeriesFound]:
        return dicom_query.find_series(self.peer, study_uid)

    def instances(self, study_uid: str, modality: str = "") -> Found[InstanceFound]:
        series = self.series(study_uid)
        items: list[InstanceFound] = []
        cut_off, unreadable = series.cut_off, series.unreadable
        for one in series.items:
            if modality and one.modality and one.modality != modality:
                continue
            found = dicom_query.find_instances(self.peer, study_uid, one.series_uid)
            items += [replace(it, study_uid=study_uid, series_uid=one.series_uid) for it in found.items]
            cut_off, unreadable = cut_off or found.cut_off, unreadable + found.unreadable
        return Found(tuple(items), cut_off, unreadable)

    def fetch(
        self,
        inbox: Inbox,
        study_uid: str,
        on_object: Callable[[Received], None] = lambda received: None,
        only: Sequence[InstanceFound] | None = None,
        series_uid: str = "",
    ) -> Fetched:
        """Bring a study, one series of it, or those objects that are named and not here yet."""
        if only is None:
            return fetch(self.peer, inbox, study_uid, series_uid, listener=self.listener, on_object=on_object)
        missing = [one for one in only if not (inbox.folder / file_name(one.instance_uid)).exists()]
        brought = [
            fetch(
                self.peer, inbox, study_uid, one.series_uid, one.instance_uid,
                listener=self.listener, on_object=on_object,
            )
            for one in missing
        ]  # fmt: skip
        return Fetched(
            tuple(path for one in brought for path in one.paths),
            tuple(line for one in brought for line in one.refused),
            sum(one.failed for one in brought),
        )
