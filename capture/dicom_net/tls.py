"""TLS from PEM files, with the settings that Python holds safe."""

from __future__ import annotations

import ssl
from pathlib import Path

from capture.dicom_net.errors import PeerSettingsError
from capture.dicom_net.peer import TlsFiles


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """For calling a peer: its certificate is always checked.

    Raises:
        PeerSettingsError: a file is missing or is no PEM file of that kind.
    """
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    context.check_hostname = files.check_host
    if files.ca is not None:
        # Only these: a peer in the hospital has no business with the authorities of the Web.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = files.check_host
        _trust(context, files.ca)
    _show(context, files)
    return context


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """For being called. With `ca` only callers with a certificate of it get in.

    Raises:
        PeerSettingsError: there is no certificate, or a file is missing or no PEM file of that kind.
    """
    if files.certificate is None:
        raise PeerSettingsError("listen.tls: expected certificate and key to listen with TLS, got none")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _show(context, files)
    if files.ca is not None:
        _trust(context, files.ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _trust(context: ssl.SSLContext, ca: Path) -> None:
    try:
        context.load_verify_locations(ca)
    except (OSError, ssl.SSLError) as error:
        raise PeerSettingsError(_said("authorities", ca, error)) from error


def _show(context: ssl.SSLContext, files: TlsFiles) -> None:
    if files.certificate is None:
        return
    try:
        # Without a password callback OpenSSL would ask on the terminal and wait.
        context.load_cert_chain(files.certificate, files.key, password=lambda: b"")
    except (OSError, ssl.SSLError) as error:
        raise PeerSettingsError(_said("certificate and key", files.certificate, error)) from error


def _said(what: str, path: Path, error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"TLS: {path.name}: expected {what} in PEM without a password, got something else"
    return f"TLS: {path.name}: cannot be read ({error.strerror or 'unknown'})"
