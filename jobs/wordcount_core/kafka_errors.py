"""Lists the reasons why Kafka cannot be used, each with the field to correct and a sentence.

The sentences name no values: if Flink's program refuses to start, the operator gets an exit status and
nothing else.
"""

import re
from dataclasses import dataclass

from wordcount_core.kafka_secret import SASL_MECHANISMS, SECURITY_PROTOCOLS


@dataclass(frozen=True)
class KafkaError:
    """One reason why Kafka cannot be used.

    `field` is below `spec.source.kafka` or `spec.sink.kafka`. `pattern` matches the exceptions of Kafka's
    client that mean this error; it is empty if only our own check before the start finds the error.
    """

    field: str
    sentence: str
    pattern: str = ""

    def message(self, part: str) -> str:
        """Return field and sentence for that part of the spec, `source` or `sink`."""
        field = self.field.format(topic="topics" if part == "source" else "topic")
        return f"spec.{part}.kafka.{field}: {self.sentence}"


NO_ANSWER = KafkaError("", "")
"""No server answers. failure_codes.py has sentences for that, which name topics and addresses."""
SECRET_MISSING = KafkaError(
    "credentialsSecret",
    "the namespace has no such Secret, or one that holds nothing for Kafka; create it, with username and "
    "password, with ca.crt, or with both",
)
SECRET_INCOMPLETE = KafkaError(
    "credentialsSecret",
    "the Secret has only one of username and password, or of tls.crt and tls.key; add the other",
)
SETTING_NOT_ALLOWED = KafkaError(
    "credentialsSecret",
    f"in the Secret, sasl.mechanism must be one of {', '.join(SASL_MECHANISMS)}, and security.protocol one "
    f"of {', '.join(SECURITY_PROTOCOLS)}; correct the key, or remove it",
)
CREDENTIALS_NOT_QUOTABLE = KafkaError(
    "credentialsSecret",
    "username and password must have no line end (kubectl's --from-file keeps the one of a file), no "
    "backslash, and not both kinds of quotation marks; write other ones into the Secret",
)
PRIVATE_KEY_UNUSABLE = KafkaError(
    "credentialsSecret",
    "tls.key must be the key to tls.crt, in PKCS#8 without a password; make it so with openssl pkcs8 -topk8 "
    "-nocrypt",
)
CERTIFICATE_EXPIRED = KafkaError(
    "bootstrapServers",
    "the certificate that Kafka shows has expired; renew it there",
    r"CertificateExpiredException",
)
CERTIFICATE_UNTRUSTED = KafkaError(
    "credentialsSecret",
    "Kafka's certificate is not signed by a trusted CA; put the certificate of Kafka's "
    "authority into the Secret as ca.crt",
    r"CertPathBuilderException|SunCertPathBuilderException",
)
HOSTNAME_MISMATCH = KafkaError(
    "bootstrapServers",
    "the certificate that Kafka shows is for other names; write a name that is in it, or have one made with "
    "this name",
    r"No (?:subject alternative|name matching)",
)
NO_TLS = KafkaError(
    "bootstrapServers",
    "this listener does not use TLS; write the address of a TLS listener, or security.protocol:"
    " SASL_PLAINTEXT into the Secret",
)
LOGIN_REFUSED = KafkaError(
    "credentialsSecret",
    "Kafka refuses this username and password; correct them in the Secret",
    r"SaslAuthenticationException",
)
CLIENT_CERTIFICATE_REFUSED = KafkaError(
    "credentialsSecret",
    "Kafka refuses the client's certificate, or wants one; correct tls.crt and tls.key in the Secret",
    r"SslAuthenticationException",
)
TOPIC_MISSING = KafkaError(
    "{topic}", "Kafka has no such topic; create it, or correct the name", r"UnknownTopicOrPartition\w*"
)
NOT_AUTHORIZED = KafkaError(
    "{topic}",
    "the user of credentialsSecret is not allowed to use it; grant Describe and Read on a source's topics,"
    " Describe and Write on a sink's",
    r"(?:Topic|Group|Cluster)AuthorizationException",
)
KAFKA_ERRORS = (
    SECRET_MISSING, SECRET_INCOMPLETE, SETTING_NOT_ALLOWED, CREDENTIALS_NOT_QUOTABLE, PRIVATE_KEY_UNUSABLE,
    CERTIFICATE_EXPIRED, CERTIFICATE_UNTRUSTED, HOSTNAME_MISMATCH, NO_TLS, LOGIN_REFUSED,
    CLIENT_CERTIFICATE_REFUSED, TOPIC_MISSING, NOT_AUTHORIZED,
)  # fmt: skip
"""All errors but `NO_ANSWER`. The position decides the exit status, so add new ones at the end."""


def from_stack_trace(trace: str) -> KafkaError | None:
    """Return the first of the errors that a stack trace of Kafka's client contains, or None."""
    flat = " ".join(trace.split())
    return next((each for each in KAFKA_ERRORS if each.pattern and re.search(each.pattern, flat)), None)
