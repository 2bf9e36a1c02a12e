"""The certificate of the server and its private key."""

from __future__ import annotations

import ssl
from pathlib import Path

from alignak_backend_embedded.server.settings import Certificate, ServerError


def check_certificate(certificate: Certificate) -> None:
    """Check that a server can use a certificate.

    Raises:
        ServerError: the server cannot use it.
    """
    for path in (certificate.chain, certificate.key):
        try:
            Path(path).open("rb").close()
        except OSError as error:
            raise ServerError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        # Otherwise OpenSSL would ask for a passphrase on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            certificate.chain, certificate.key, password=_no_passphrase
        )
    except _EncryptedKeyError as error:
        raise ServerError(
            f"{certificate.key}: the key is encrypted: store it without a passphrase, readable only by its owner"
        ) from error
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ServerError(
                f"{certificate.key}: this is not the key of the certificate {certificate.chain}"
            ) from error
        raise ServerError(
            f"{certificate.chain} and {certificate.key} are not a certificate and its key (PEM)"
        ) from error


class _EncryptedKeyError(Exception):
    pass


def _no_passphrase() -> str:
    raise _EncryptedKeyError
