"""The recordings behind a query of a PACS: listed study by study, brought a few at a time, removed once run.

What has its result is never brought again: a recording is known by its SOP Instance UID, not by a file.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from app.analyze.pacs_query import SCHEME, PacsQuery
from app.analyze.sources import Failure, Item
from app.export.archive import Archive
from app.export.routes import open_archive, open_inbox
from app.pacs_settings import PacsSettings
from capture.dicom_net.errors import PeerError
from capture.dicom_net.inbox import Inbox, file_name
from capture.dicom_net.kinds import PICTURES
from capture.dicom_query import Found, InstanceFound, StudyFound

log = logging.getLogger(__name__)

FOLDER = ".pacs"
"""In the folder of results, where a cluster's workers see it too; a name with a dot is never walked into."""
AT_ONCE = 32
"""Recordings that are brought before they are run."""
GONE_AFTER = 3
"""Studies in a row that cannot be listed or brought: the PACS is gone, the rest is left for another run."""


def open_loops(settings: PacsSettings, query: PacsQuery, out: Path) -> PacsLoops:
    """The recordings behind a query, to be run into `out`.

    Raises:
        Refusal: there is no such PACS, or nothing can be written.
    """
    inbox = open_inbox(out / FOLDER, settings.listen)
    return PacsLoops(open_archive(settings, query.peer or None), query, inbox)


@dataclass(frozen=True, slots=True)
class Batchful:
    """Recordings that were listed, and what could not be."""

    items: tuple[Item, ...]
    failures: tuple[Failure, ...]


class PacsLoops:
    """Belongs to one thread.

    Args:
        archive: the PACS.
        query: what is asked of it.
        inbox: where recordings lie while they are run.
    """

    def __init__(self, archive: Archive, query: PacsQuery, inbox: Inbox) -> None:
        self._archive, self._query, self._inbox = archive, query, inbox
        self._of: dict[str, InstanceFound] = {}
        """By source key, those of the batch in hand."""
        self._gone = 0

    @property
    def name(self) -> str:
        return f"{SCHEME}{self._archive.name}"

    def batches(self, at_once: int = AT_ONCE) -> Iterator[Batchful]:
        """Some recordings after the other; nothing is brought yet."""
        items: list[Item] = []
        failures: list[Failure] = []
        try:
            studies, said = self._studies()
        except PeerError as error:
            yield Batchful((), (self._failure(str(error)),))
            return
        failures += [self._failure(line) for line in said]
        for number, study in enumerate(studies, 1):
            if self._gone >= GONE_AFTER:
                left = len(studies) - number + 1
                failures.append(self._failure(f"it is gone; {left} studies are left for the next run"))
                break
            called = f"study {number} of {len(studies)}"
            try:
                found = self._archive.instances(study, self._query.modality)
            except PeerError as error:
                self._gone += 1
                failures.append(self._failure(f"{called}: {error}"))
                continue
            self._gone = 0
            if found.cut_off:
                failures.append(self._failure(f"{called}: it has more objects than can be listed"))
            if found.unreadable:
                failures.append(
                    self._failure(f"{called}: {found.unreadable} objects of it cannot be read in the list")
                )
            for one in found.items:
                if not one.kind or one.kind in PICTURES:
                    item = _item(one)
                    self._of[item.source_key] = one
                    items.append(item)
            if len(items) >= at_once:
                yield Batchful(tuple(items), tuple(failures))
                items, failures = [], []
                self._of.clear()
        yield Batchful(tuple(items), tuple(failures))

    @contextmanager
    def brought(self, items: Iterable[Item]) -> Iterator[tuple[dict[str, Item], tuple[Failure, ...]]]:
        """Recordings here, by source key, while the block runs, and those that did not come."""
        wanted: dict[str, list[Item]] = {}
        for item in items:
            wanted.setdefault(self._of[item.source_key].study_uid, []).append(item)
        here: dict[str, Item] = {}
        failures: list[Failure] = []
        try:
            for mine in wanted.values():
                said = self._bring(mine)
                for item in mine:
                    path = self._path(item)
                    if path.is_file():
                        here[item.source_key] = replace(item, spec=str(path), bytes=path.stat().st_size)
                    else:
                        failures.append(Failure(item.name, f"{item.name}: {said}", item.source_key))
            yield here, tuple(failures)
        finally:
            for mine in wanted.values():
                for item in mine:
                    with suppress(OSError):
                        self._path(item).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder; what a killed run had brought goes with it."""
        with suppress(OSError):
            for path in self._inbox.folder.glob("*.dcm"):
                path.unlink()
            self._inbox.folder.rmdir()

    def _bring(self, items: Sequence[Item]) -> str:
        """Bring recordings of one study; why one is not there, if one is not."""
        if self._gone >= GONE_AFTER:
            return f"{self._archive.name} is gone; left for the next run"
        try:
            wanted = [self._of[item.source_key] for item in items]
            refused = self._archive.fetch(self._inbox, wanted[0].study_uid, only=wanted).refused
        except PeerError as error:
            self._gone += 1
            return str(error)
        self._gone = 0
        return refused[0] if refused else f"{self._archive.name} could not send it"

    def _studies(self) -> tuple[tuple[str, ...], list[str]]:
        """Study Instance UIDs, each once, and what could not be listed."""
        if self._query.study:
            return (self._query.study,), []
        said: list[str] = []
        found = dict.fromkeys(study.study_uid for study in _all_days(self._ask, self._query, said))
        return tuple(found), said

    def _ask(self, query: PacsQuery) -> Found[StudyFound]:
        return self._archive.studies(
            query.since, query.until, query.patient_id, query.accession_number, query.modality
        )

    def _path(self, item: Item) -> Path:
        return self._inbox.folder / item.name

    def _failure(self, message: str) -> Failure:
        line = message if message.startswith(self._archive.name) else f"{self._archive.name}: {message}"
        return Failure(self.name, line)


def _all_days(
    ask: Callable[[PacsQuery], Found[StudyFound]], query: PacsQuery, said: list[str]
) -> Iterator[StudyFound]:
    """All studies of a range of days: a list that was cut off is asked for again in two halves."""
    found = ask(query)
    since, until = query.since, query.until
    if found.cut_off and since is not None:
        until = until or date.today() + timedelta(days=1)
        if since < until:
            middle = since + (until - since) // 2
            yield from _all_days(ask, query.between(since, middle), said)
            yield from _all_days(ask, query.between(middle + timedelta(days=1), until), said)
            return
    if found.cut_off:
        said.append(f"it has more than {len(found.items)} studies of one day, or no 'since' was given")
    if found.unreadable:
        said.append(f"{found.unreadable} studies in its list cannot be read")
    yield from found.items


def _item(one: InstanceFound) -> Item:
    """The file's name is that of `philtrum pacs get` and `listen`: made from a hash, it is nobody's."""
    name = file_name(one.instance_uid)
    key = hashlib.sha256(f"{SCHEME}{one.instance_uid}".encode()).hexdigest()
    return Item(name, name, Path(name).stem, key, None, "object")
