"""Whether Kafka can be reached, tried before an engine starts, and what a client's stack trace says of it; never sends a password.

Each trouble has one sentence for both engines, so that it names no value: of a refusal, Flink hands on an exit status only.
"""

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wordcount_jobs.common import kafka_properties, mounted_secrets
from wordcount_jobs.common.kafka_properties import (
    AUTHORITY,
    CERTIFICATE,
    KEY,
    PASSWORD,
    PROTOCOL,
    USERNAME,
    Block,
)


@dataclass(frozen=True)
class Trouble:
    """A sentence behind `spec.source.kafka.` or `spec.sink.kafka.`, and the exceptions (`names`) that tell of it."""

    sentence: str
    names: str = ""

    def where(self, part: str) -> str:
        """The sentence for that part of the spec: `source` or `sink`."""
        return f"spec.{part}.kafka.{self.sentence.format(topic='topics' if part == 'source' else 'topic')}"


SILENT = Trouble("")
"""Nobody answers; wordcount_core/failures.py has a sentence for that, which names topics and addresses."""
NO_SECRET = Trouble(
    "credentialsSecret: the namespace has no such Secret, or one that holds nothing for Kafka; make it, with username and "
    "password, with ca.crt, or with both"
)
HALF = Trouble(
    "credentialsSecret: the Secret has only one of username and password, or of tls.crt and tls.key; add the other"
)
SETTING = Trouble(
    f"credentialsSecret: in the Secret, sasl.mechanism must be one of {', '.join(kafka_properties.LOGINS)}, and security.protocol one "
    f"of {', '.join(kafka_properties.PROTOCOLS)}; correct the key, or remove it"
)
AWKWARD = Trouble(
    "credentialsSecret: username and password must have no line end (kubectl's --from-file keeps the one of a file), no "
    "backslash, and not both kinds of quotation marks; write other ones into the Secret"
)
NO_KEY = Trouble(
    "credentialsSecret: tls.key must be the key to tls.crt, in PKCS#8 without a password; make it so with "
    "openssl pkcs8 -topk8 -nocrypt"
)
EXPIRED = Trouble(
    "bootstrapServers: the certificate that Kafka shows has expired; renew it there",
    r"CertificateExpiredException",
)
UNKNOWN_AUTHORITY = Trouble(
    "credentialsSecret: the certificate that Kafka shows is of no authority that is known here; put the certificate of "
    "Kafka's authority into the Secret as ca.crt",
    r"CertPathBuilderException|SunCertPathBuilderException",
)
OTHER_NAME = Trouble(
    "bootstrapServers: the certificate that Kafka shows is for other names; write a name that is in it, or have one made "
    "with this name",
    r"No (?:subject alternative|name matching)",
)
NO_TLS = Trouble(
    "bootstrapServers: no TLS is spoken there; write the address of a TLS listener, or security.protocol: SASL_PLAINTEXT "
    "into the Secret"
)
REFUSED = Trouble(
    "credentialsSecret: Kafka refuses this username and password; correct them in the Secret",
    r"SaslAuthenticationException",
)
CLIENT = Trouble(
    "credentialsSecret: Kafka refuses the client's certificate, or wants one; correct tls.crt and tls.key in the Secret",
    r"SslAuthenticationException",
)
NO_TOPIC = Trouble(
    "{topic}: Kafka has no such topic; create it, or correct the name", r"UnknownTopicOrPartition\w*"
)
FORBIDDEN = Trouble(
    "{topic}: the user of credentialsSecret may not use it; grant Describe and Read on a source's topics, Describe and "
    "Write on a sink's",
    r"(?:Topic|Group|Cluster)AuthorizationException",
)
TROUBLES = (
    NO_SECRET, HALF, SETTING, AWKWARD, NO_KEY, EXPIRED, UNKNOWN_AUTHORITY, OTHER_NAME, NO_TLS, REFUSED, CLIENT,
    NO_TOPIC, FORBIDDEN,
)  # fmt: skip
"""What is found first in a trace holds. Their order is that of the exit statuses: add at the end."""


def told(trace: str) -> Trouble | None:
    """The trouble that a stack trace tells of."""
    flat = " ".join(trace.split())
    return next((each for each in TROUBLES if each.names and re.search(each.names, flat)), None)


def trouble(block: Block, timeout: float) -> Trouble | None:
    """What keeps the block's Kafka from being reached, as far as can be tried without its own client."""
    name = block.credentials_secret
    if name is not None and (wrong := next(_wrong(name), None)):
        return wrong
    context = _context(name) if name is not None and kafka_properties.protocol(name).endswith("SSL") else None
    if name is not None and context and kafka_properties.holds(name, CERTIFICATE):
        _identified(context, mounted_secrets.folder(name))
    found = SILENT
    for server in block.bootstrap_servers.split(","):
        host, _, port = server.strip().rpartition(":")
        here = _connect(host.strip("[]"), port, context, timeout)
        if here is None:
            return None
        found = here if found is SILENT else found
    return found


def _wrong(name: str) -> Iterator[Trouble]:
    """What is wrong with the Secret, whatever Kafka says."""
    if not any(
        kafka_properties.holds(name, key)
        for key in (USERNAME, PASSWORD, AUTHORITY, CERTIFICATE, KEY, PROTOCOL)
    ):
        yield NO_SECRET
    for one, other in ((USERNAME, PASSWORD), (CERTIFICATE, KEY)):
        if kafka_properties.holds(name, one) != kafka_properties.holds(name, other):
            yield HALF
    if (
        kafka_properties.mechanism(name) not in kafka_properties.LOGINS
        or kafka_properties.protocol(name) not in kafka_properties.PROTOCOLS
    ):
        yield SETTING
    for key in (USERNAME, PASSWORD):
        # As the client reads it: with a line's end, if there is one.
        if kafka_properties.holds(name, key) and not kafka_properties.quote(
            (mounted_secrets.folder(name) / key).read_text()
        ):
            yield AWKWARD
    try:
        context = _context(name)
    except ssl.SSLError:
        yield UNKNOWN_AUTHORITY
    else:
        if kafka_properties.holds(name, CERTIFICATE) and not _identified(
            context, mounted_secrets.folder(name)
        ):
            yield NO_KEY


def _context(name: str) -> ssl.SSLContext:
    """What Kafka's certificate is checked with; raises SSLError where ca.crt is none."""
    authority = mounted_secrets.folder(name) / AUTHORITY if kafka_properties.holds(name, AUTHORITY) else None
    return ssl.create_default_context(cafile=authority)


def _identified(context: ssl.SSLContext, folder: Path) -> bool:
    """Whether the client can show the Secret's certificate."""
    try:
        context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    except ssl.SSLError:
        return False
    return "BEGIN PRIVATE KEY" in (folder / KEY).read_text()


def _connect(host: str, port: str, context: ssl.SSLContext | None, timeout: float) -> Trouble | None:
    try:
        connection = socket.create_connection((host, int(port)), timeout)
    except (OSError, ValueError, OverflowError):
        return SILENT
    try:
        if context is not None:
            connection = context.wrap_socket(connection, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        return _REFUSALS.get(error.verify_code, UNKNOWN_AUTHORITY)
    except TimeoutError:
        return SILENT
    except OSError:  # also ssl's own
        return NO_TLS
    finally:
        connection.close()
    return None


_REFUSALS = {10: EXPIRED, 62: OTHER_NAME, 64: OTHER_NAME}
"""By OpenSSL's own numbers (X509_V_ERR_…)."""
