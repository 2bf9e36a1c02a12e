"""TLS settings: trusted CAs and the client certificate. Verification cannot be turned off."""

from __future__ import annotations

import functools
import ssl

from alignak_backend_client._core.session import Certificate, Session
from alignak_backend_client._text import error_text
from alignak_backend_client.exceptions import misuse


def context(session: Session) -> ssl.SSLContext:
    """Return the TLS context.

    Raises:
        BackendException: code 1000; a certificate file cannot be used.
    """
    return _file_context(session.ca_file, session.certificate)


@functools.cache
def no_context() -> ssl.SSLContext:
    """Return a context without trusted authorities, for connections without TLS."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@functools.lru_cache(maxsize=16)
def _file_context(ca_file: str | None, certificate: Certificate) -> ssl.SSLContext:
    """Return a context for these files, which are read once per process."""
    try:
        trusted = ssl.create_default_context(cafile=ca_file) if ca_file else _system_context()
    except (OSError, ValueError) as error:
        which = f"The CA file {ca_file!r}" if ca_file else "The certificates of the environment"
        raise misuse(f"{which} cannot be read: {error_text(error)}") from error
    if certificate is not None:
        own, key = certificate if isinstance(certificate, tuple) else (certificate, None)
        try:
            # An empty password, since OpenSSL would prompt for one.
            trusted.load_cert_chain(own, key, password="")
        except (OSError, ValueError) as error:
            raise misuse(f"The client certificate {own!r} cannot be used: {error_text(error)}") from error
    return trusted


def _system_context() -> ssl.SSLContext:
    """Return a context with the authorities of the system, or those in SSL_CERT_FILE and SSL_CERT_DIR."""
    if ssl.get_default_verify_paths().cafile is not None:
        return ssl.create_default_context()
    # On macOS, Windows and some Linux systems, only httpx2 finds them, whose import takes 60 ms.
    import httpx2

    return httpx2.create_ssl_context()
