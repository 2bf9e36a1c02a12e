"""TLS: whom to trust, and who we are. Verification cannot be switched off."""

from __future__ import annotations

import functools
import ssl
from urllib.request import getproxies

from alignak_backend_client._core.session import Certificate, Session
from alignak_backend_client.exceptions import misuse


def context(session: Session) -> ssl.SSLContext:
    """Return what decides whom to trust.

    Raises:
        BackendException: code 1000; a certificate file cannot be used.
    """
    if not _needs_tls(session):
        # It trusts nobody. Reading the certificates of the system takes 0.1 s.
        return _nobody()
    return _trusting(session.ca_file, session.certificate)


def _needs_tls(session: Session) -> bool:
    """Return False when neither the backend nor a proxy before it speaks TLS."""
    proxies = session.proxies or getproxies()
    urls = [session.root, *(url for protocol, url in proxies.items() if protocol != "no")]
    return any(url.lower().startswith("https:") for url in urls)


@functools.cache
def _nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@functools.lru_cache(maxsize=16)
def _trusting(ca_file: str | None, certificate: Certificate) -> ssl.SSLContext:
    """Return a context for these files, read once in a process."""
    try:
        trusted = ssl.create_default_context(cafile=ca_file) if ca_file else _of_the_system()
    except (OSError, ValueError) as error:
        which = f"The CA file {ca_file!r}" if ca_file else "The certificates of the environment"
        raise misuse(f"{which} cannot be read: {_reason(error)}") from error
    if certificate is not None:
        own, key = certificate if isinstance(certificate, tuple) else (certificate, None)
        try:
            # Without a password: asking for one in the middle of a program would stop it.
            trusted.load_cert_chain(own, key, password="")
        except (OSError, ValueError) as error:
            raise misuse(f"The client certificate {own!r} cannot be used: {_reason(error)}") from error
    return trusted


def _of_the_system() -> ssl.SSLContext:
    """Return a context with the authorities of the system, or those that SSL_CERT_FILE and SSL_CERT_DIR name."""
    import httpx2  # 60 ms, and reading the certificates takes longer

    return httpx2.create_ssl_context()


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
