"""`pacs.json` under the home folder: who we are on the DICOM network, who may call, and whom we call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.home import home_dir
from app.refusal import Refusal
from capture.dicom_net.peer import ListenerSettings, Peer, TimeOuts, TlsFiles, checked_ae_title

Use = Literal["worklist", "query", "store", "commitment"]

EXAMPLE = """{
  "version": 1,
  "ae_title": "PHILTRUM",
  "listen": {"host": "0.0.0.0", "port": 11112, "callers": ["VOLUSON1", "PACS"], "store": true},
  "peers": {
    "pacs": {"ae_title": "PACS", "host": "10.1.2.3", "port": 104, "for": ["query", "store", "commitment"]},
    "ris": {"ae_title": "RIS", "host": "10.1.2.4", "port": 104, "for": ["worklist"]},
    "web": {"url": "https://pacs.example/dicom-web", "for": ["query", "store"]}
  }
}"""


class NoPeer(Refusal):
    """The settings name nobody for a purpose."""

    def __init__(self, use: Use) -> None:
        super().__init__(
            f"{pacs_file()}: expected a peer for {use!r}, got none; an example of the file:\n{EXAMPLE}"
        )
        self.use: Use = use


AeTitle = Annotated[str, AfterValidator(checked_ae_title)]
Port = Annotated[int, Field(ge=1, le=65535)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TlsPart(_Part):
    """PEM files; a relative name is looked for beside `pacs.json`."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    check_host: bool = True

    def files(self, folder: Path) -> TlsFiles:
        def at(path: Path | None) -> Path | None:
            return None if path is None else folder / path.expanduser()

        return TlsFiles(at(self.ca), at(self.certificate), at(self.key), self.check_host)


class TimeOutsPart(_Part):
    connect_s: float = Field(default=5.0, gt=0, le=120)
    answer_s: float = Field(default=15.0, gt=0, le=600)


class ListenPart(_Part):
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=11112, ge=0, le=65535)
    callers: tuple[AeTitle, ...] = ()
    store: bool = False
    """The window takes what machines push, too; `philtrum pacs listen` always does."""
    tls: TlsPart | None = None
    associations: int = Field(default=4, ge=1, le=64)
    idle_s: float = Field(default=1800.0, gt=0)
    max_object_mb: int = Field(default=1024, ge=1, le=4095)
    keep_free_mb: int = Field(default=1024, ge=0)


class PeerPart(_Part):
    """A DICOM peer has `ae_title`, `host` and `port`; a DICOMweb one has `url`."""

    uses: tuple[Use, ...] = Field(alias="for", min_length=1)
    ae_title: AeTitle | None = None
    host: str | None = Field(default=None, min_length=1)
    port: Port | None = None
    fetch: Literal["get", "move"] = "get"
    tls: TlsPart | None = None
    url: str | None = Field(default=None, pattern=r"^https?://[^\s@]+$")
    user: str | None = None
    password_env: str | None = None
    """Name of the environment variable that holds the password: no password is written down here."""

    @model_validator(mode="after")
    def _one_kind(self) -> PeerPart:
        missing = [name for name in ("ae_title", "host", "port") if getattr(self, name) is None]
        if self.url is None and missing:
            raise ValueError(f"expected {' and '.join(missing)}, or a url for DICOMweb; got neither")
        if self.url is not None and len(missing) < 3:
            raise ValueError("expected either a url or ae_title, host and port; got both")
        if self.url is not None and not {"query", "store"}.issuperset(self.uses):
            raise ValueError("expected only 'query' and 'store' for DICOMweb")
        if self.user is not None and self.url is None:
            raise ValueError("expected a user for DICOMweb alone")
        return self


class PacsSettings(_Part):
    """Version 1. A key may be added with a default; what one means never changes within a version."""

    version: Literal[1] = 1
    ae_title: AeTitle = "PHILTRUM"
    time_outs: TimeOutsPart = TimeOutsPart()
    listen: ListenPart | None = None
    peers: dict[str, PeerPart] = Field(default_factory=dict)

    def listener(self, folder: Path) -> ListenerSettings:
        """Where we can be called.

        Raises:
            Refusal: `listen` is not written.
        """
        if self.listen is None:
            raise Refusal(f"{pacs_file()}: expected 'listen' with a port, got none; an example:\n{EXAMPLE}")
        part = self.listen
        return ListenerSettings(
            ae_title=self.ae_title,
            host=part.host,
            port=part.port,
            callers=part.callers,
            tls=None if part.tls is None else part.tls.files(folder),
            associations=part.associations,
            answer_s=self.time_outs.answer_s,
            idle_s=part.idle_s,
        )

    def part(self, name: str) -> PeerPart:
        """A peer as written.

        Raises:
            Refusal: there is none of that name.
        """
        if name not in self.peers:
            known = ", ".join(sorted(self.peers)) or "none"
            raise Refusal(f"expected one of the peers in {pacs_file().name} ({known}), got {name!r}")
        return self.peers[name]

    def peer(self, name: str, folder: Path) -> Peer:
        """A DICOM peer, ready to be called.

        Raises:
            Refusal: there is none of that name, or it speaks DICOMweb alone.
        """
        part = self.part(name)
        if part.ae_title is None or part.host is None or part.port is None:
            raise Refusal(f"{name} speaks DICOMweb; this needs a peer with ae_title, host and port")
        return Peer(
            name=name,
            ae_title=part.ae_title,
            host=part.host,
            port=part.port,
            own_ae_title=self.ae_title,
            tls=None if part.tls is None else part.tls.files(folder),
            fetch=part.fetch,
            time_outs=TimeOuts(self.time_outs.connect_s, self.time_outs.answer_s),
        )

    def names_for(self, use: Use) -> tuple[str, ...]:
        """The peers that serve a purpose, in the order of the file."""
        return tuple(name for name, part in self.peers.items() if use in part.uses)

    def one_for(self, use: Use, name: str | None = None) -> str:
        """The peer meant: the one named, else the first that serves the purpose.

        Raises:
            NoPeer: there is none.
            Refusal: the one named is for something else.
        """
        names = self.names_for(use)
        if name is not None:
            if use not in self.part(name).uses:
                raise Refusal(f"{pacs_file().name}: peers.{name}.for: expected {use!r} among them")
            return name
        if not names:
            raise NoPeer(use)
        return names[0]


def pacs_file() -> Path:
    return home_dir() / "pacs.json"


def outbox(home: Path) -> Path:
    """Where the program's send queue lies."""
    return home / "outbox"


def load_pacs_settings(path: Path | None = None) -> PacsSettings:
    """The settings; empty ones where there is no file. Unlike the window's own, a wrong key stops everything:
    pictures must not go to the wrong address.

    Raises:
        Refusal: the file cannot be read or a key is wrong; the line names the key.
    """
    path = path or pacs_file()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return PacsSettings()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise Refusal(f"{path}: cannot be read ({reason})") from error
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Refusal(f"{path}: expected JSON, got something else{where}") from error
    try:
        return PacsSettings.model_validate(raw)
    except ValidationError as error:
        said = "; ".join(" ".join(line.split()) for line in _lines(error, raw))  # keys may hold anything
        raise Refusal(f"{path}: {said}") from error


def _lines(error: ValidationError, raw: Any) -> Iterator[str]:
    for fault in error.errors()[:3]:
        key = ".".join(f"{part!s:.60}" for part in fault["loc"]) or "the file"
        if fault["type"] == "extra_forbidden":
            yield f"{key}: there is no such key"
        elif fault["type"] == "missing":
            yield f"{key}: expected a value, got none"
        else:
            said = fault["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
            got = "" if "got" in said or isinstance(fault["input"], dict) else f", got {fault['input']!r:.60}"
            yield f"{key}: {said[0].lower()}{said[1:]}{got}"
