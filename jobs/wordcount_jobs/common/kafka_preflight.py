"""Tries before an engine starts whether Kafka can be reached, as far as sockets and TLS show it.

No password is sent: whether Kafka accepts it, only Kafka's own client finds out.
"""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

from wordcount_core.kafka_errors import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_UNTRUSTED,
    CREDENTIALS_NOT_QUOTABLE,
    HOSTNAME_MISMATCH,
    NO_ANSWER,
    NO_TLS,
    PRIVATE_KEY_UNUSABLE,
    SECRET_INCOMPLETE,
    SECRET_MISSING,
    SETTING_NOT_ALLOWED,
    KafkaError,
)
from wordcount_core.kafka_secret import (
    AUTHORITY,
    CERTIFICATE,
    KEY,
    PASSWORD,
    PROTOCOL,
    SASL_MECHANISMS,
    SECURITY_PROTOCOLS,
    USERNAME,
)
from wordcount_jobs.common import kafka_properties, mounted_secrets
from wordcount_jobs.common.kafka_properties import Block


def find_error(block: Block, timeout: float) -> KafkaError | None:
    """Return why the Kafka of this block cannot be reached; None if one of its servers answers."""
    name = block.credentials_secret
    if name is not None and (error := next(_secret_errors(name), None)):
        return error
    context = (
        _tls_context(name) if name is not None and kafka_properties.protocol(name).endswith("SSL") else None
    )
    if name is not None and context and kafka_properties.holds(name, CERTIFICATE):
        _load_certificate(context, mounted_secrets.folder(name))
    found = NO_ANSWER
    for server in block.bootstrap_servers.split(","):
        host, _, port = server.strip().rpartition(":")
        here = _connect(host.strip("[]"), port, context, timeout)
        if here is None:
            return None
        found = here if found is NO_ANSWER else found
    return found


def _secret_errors(name: str) -> Iterator[KafkaError]:
    """Yield what is wrong with the Secret itself."""
    if not any(
        kafka_properties.holds(name, key)
        for key in (USERNAME, PASSWORD, AUTHORITY, CERTIFICATE, KEY, PROTOCOL)
    ):
        yield SECRET_MISSING
    for one, other in ((USERNAME, PASSWORD), (CERTIFICATE, KEY)):
        if kafka_properties.holds(name, one) != kafka_properties.holds(name, other):
            yield SECRET_INCOMPLETE
    if (
        kafka_properties.mechanism(name) not in SASL_MECHANISMS
        or kafka_properties.protocol(name) not in SECURITY_PROTOCOLS
    ):
        yield SETTING_NOT_ALLOWED
    for key in (USERNAME, PASSWORD):
        # As the client reads it: with a line's end, if there is one.
        if kafka_properties.holds(name, key) and not kafka_properties.quote(
            (mounted_secrets.folder(name) / key).read_text()
        ):
            yield CREDENTIALS_NOT_QUOTABLE
    try:
        context = _tls_context(name)
    except ssl.SSLError:
        yield CERTIFICATE_UNTRUSTED
    else:
        if kafka_properties.holds(name, CERTIFICATE) and not _load_certificate(
            context, mounted_secrets.folder(name)
        ):
            yield PRIVATE_KEY_UNUSABLE


def _tls_context(name: str) -> ssl.SSLContext:
    """Return what Kafka's certificate is checked with. Raises SSLError if ca.crt holds no certificate."""
    authority = mounted_secrets.folder(name) / AUTHORITY if kafka_properties.holds(name, AUTHORITY) else None
    return ssl.create_default_context(cafile=authority)


def _load_certificate(context: ssl.SSLContext, folder: Path) -> bool:
    """Load the client's certificate; return whether it and its key can be used."""
    try:
        context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    except ssl.SSLError:
        return False
    return "BEGIN PRIVATE KEY" in (folder / KEY).read_text()


def _connect(host: str, port: str, context: ssl.SSLContext | None, timeout: float) -> KafkaError | None:
    try:
        connection = socket.create_connection((host, int(port)), timeout)
    except (OSError, ValueError, OverflowError):
        return NO_ANSWER
    try:
        if context is not None:
            connection = context.wrap_socket(connection, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        return _VERIFY_ERRORS.get(error.verify_code, CERTIFICATE_UNTRUSTED)
    except TimeoutError:
        return NO_ANSWER
    except OSError:  # also ssl's own
        return NO_TLS
    finally:
        connection.close()
    return None


_VERIFY_ERRORS = {10: CERTIFICATE_EXPIRED, 62: HOSTNAME_MISMATCH, 64: HOSTNAME_MISMATCH}
"""OpenSSL's number of a verification error (X509_V_ERR_…) → our error."""
