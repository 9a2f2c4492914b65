"""`pacs.json`: what is wrong with it is told by the name of the key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.pacs_settings import EXAMPLE, load_pacs_settings
from app.refusal import Refusal

GOOD: dict[str, Any] = {"ae_title": "PACS", "host": "10.0.0.1", "port": 104, "for": ["store"]}


def written(folder: Path, text: str) -> Path:
    path = folder / "pacs.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_is_no_peer(tmp_path: Path) -> None:
    settings = load_pacs_settings(tmp_path / "pacs.json")
    assert settings.peers == {}
    with pytest.raises(Refusal, match="expected a peer for 'store', got none; an example"):
        settings.one_for("store")
    with pytest.raises(Refusal, match="expected 'listen'"):
        settings.listener(tmp_path)


def test_the_example_is_good(tmp_path: Path) -> None:
    settings = load_pacs_settings(written(tmp_path, EXAMPLE))
    assert settings.one_for("worklist") == "ris"
    assert settings.one_for("store") == "pacs"
    peer = settings.peer("pacs", tmp_path)
    assert (peer.ae_title, peer.host, peer.port, peer.own_ae_title) == ("PACS", "10.1.2.3", 104, "PHILTRUM")
    assert settings.listener(tmp_path).callers == ("VOLUSON1", "PACS")
    with pytest.raises(Refusal, match="speaks DICOMweb"):
        settings.peer("web", tmp_path)
    with pytest.raises(Refusal, match="expected one of the peers"):
        settings.peer("nobody", tmp_path)
    with pytest.raises(Refusal, match=r"peers.ris.for: expected 'store' among them"):
        settings.one_for("store", "ris")


def test_tls_files_lie_beside_it(tmp_path: Path) -> None:
    text = json.dumps({"peers": {"pacs": {**GOOD, "tls": {"ca": "hospital.pem"}}}})
    peer = load_pacs_settings(written(tmp_path, text)).peer("pacs", tmp_path)
    assert peer.tls is not None and peer.tls.ca == tmp_path / "hospital.pem" and peer.tls.check_host


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"ae_title": "MUCH_TOO_LONG_FOR_IT"}, "ae_title: expected an AE title"),
        ({"peers": {"pacs": {**GOOD, "port": 0}}}, r"peers.pacs.port: input should be greater.*got 0"),
        ({"peers": {"pacs": {**GOOD, "port": "x"}}}, r"peers.pacs.port: .*got 'x'"),
        ({"peers": {"pacs": {**GOOD, "for": ["storage"]}}}, r"peers.pacs.for.0: .*got 'storage'"),
        ({"peers": {"pacs": {**GOOD, "for": []}}}, r"peers.pacs.for: "),
        ({"peers": {"pacs": {**GOOD, "prot": 1}}}, r"peers.pacs.prot: there is no such key"),
        ({"peers": {"pacs": {"ae_title": "A", "for": ["query"]}}}, "peers.pacs: expected host and port"),
        ({"peers": {"pacs": {**GOOD, "url": "https://x/y"}}}, "peers.pacs: expected either a url or"),
        ({"peers": {"w": {"url": "ftp://x", "for": ["query"]}}}, r"peers.w.url: "),
        ({"peers": {"w": {"url": "https://u:p@x", "for": ["query"]}}}, r"peers.w.url: "),
        ({"peers": {"w": {"url": "https://x", "for": ["worklist"]}}}, "peers.w: expected only 'query'"),
        ({"listen": {"callers": ["A\\B"]}}, r"listen.callers.0: expected an AE title"),
        ({"version": 2}, "version: "),
        ({"time_outs": {"answer_s": 0}}, "time_outs.answer_s: "),
        ({"two\nlines" + "x" * 300: 1}, "two lines.*: there is no such key"),
        ([], "the file: "),
    ],
)
def test_a_wrong_key_is_named(raw: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=said) as refused:
        load_pacs_settings(written(tmp_path, json.dumps(raw)))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[" * 100000, "9" * 5000, "\x00"])
def test_no_json(text: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="expected JSON"):
        load_pacs_settings(written(tmp_path, text))
