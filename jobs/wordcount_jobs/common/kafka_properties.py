"""How Kafka is reached: a block of the options → the properties of Kafka's own client; never holds a password.

A property says in which file the client itself reads a secret, so that none is in a job's graph, plan, log or state.
"""

from wordcount_core.options import KafkaSink, KafkaSource
from wordcount_jobs.common import mounted_secrets

Block = KafkaSource | KafkaSink
SHADED = "org.apache.flink.kafka.shaded."
"""What stands before the name of every class of the client in Flink's connector."""
USERNAME, PASSWORD, MECHANISM, PROTOCOL = "username", "password", "sasl.mechanism", "security.protocol"
AUTHORITY, CERTIFICATE, KEY = "ca.crt", "tls.crt", "tls.key"
LOGINS = {"SCRAM-SHA-512": "scram.Scram", "SCRAM-SHA-256": "scram.Scram", "PLAIN": "plain.Plain"}
"""The mechanisms of SASL, the default first, and their login modules."""
PROTOCOLS = ("SASL_SSL", "SSL", "SASL_PLAINTEXT", "PLAINTEXT")
_PROVIDER = "org.apache.kafka.common.config.provider.DirectoryConfigProvider"


def properties(block: Block, shaded: str = "") -> dict[str, str]:
    """All but topics and serializers, under the names that Kafka's client knows."""
    found = {"bootstrap.servers": block.bootstrap_servers}
    if isinstance(block, KafkaSource):
        found["isolation.level"] = block.isolation
    name = block.credentials_secret
    if name is None:
        return found
    found |= {
        "security.protocol": protocol(name),
        "config.providers": "secret",
        "config.providers.secret.class": shaded + _PROVIDER,
    }
    if holds(name, USERNAME):
        found |= _login(name, shaded)
    if holds(name, AUTHORITY):
        found |= {"ssl.truststore.type": "PEM", "ssl.truststore.certificates": _read(name, AUTHORITY)}
    if holds(name, CERTIFICATE):
        chain = {"ssl.keystore.type": "PEM", "ssl.keystore.certificate.chain": _read(name, CERTIFICATE)}
        found |= chain | {"ssl.keystore.key": _read(name, KEY)}
    return found


def holds(name: str, key: str) -> bool:
    """Whether the Secret has that key."""
    return (mounted_secrets.folder(name) / key).is_file()


def protocol(name: str) -> str:
    """TLS, unless the Secret itself says otherwise."""
    return mounted_secrets.value(name, PROTOCOL) or ("SASL_SSL" if holds(name, USERNAME) else "SSL")


def mechanism(name: str) -> str:
    """How the user logs in."""
    return mounted_secrets.value(name, MECHANISM) or next(iter(LOGINS))


def quote(text: str) -> str:
    """The quotation mark that can stand around a text in a login module's line; empty where none can."""
    awkward = "\\" in text or "\n" in text or "\r" in text
    return "" if awkward else next((mark for mark in "\"'" if mark not in text), "")


def _login(name: str, shaded: str) -> dict[str, str]:
    module = f"{shaded}org.apache.kafka.common.security.{LOGINS[mechanism(name)]}LoginModule"
    user, password = (
        f"{key}={mark}{_read(name, key)}{mark}"
        for key in (USERNAME, PASSWORD)
        for mark in [quote(mounted_secrets.value(name, key) or "")]
    )
    return {"sasl.mechanism": mechanism(name), "sasl.jaas.config": f"{module} required {user} {password};"}


def _read(name: str, key: str) -> str:
    return f"${{secret:{mounted_secrets.folder(name)}:{key}}}"
