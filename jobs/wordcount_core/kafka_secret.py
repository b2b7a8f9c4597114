"""Keys that a Secret for Kafka may have, and the values that two of them may have."""

USERNAME, PASSWORD, MECHANISM, PROTOCOL = "username", "password", "sasl.mechanism", "security.protocol"
AUTHORITY, CERTIFICATE, KEY = "ca.crt", "tls.crt", "tls.key"
SASL_MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")
"""The allowed values of `sasl.mechanism`; the first is the default."""
SECURITY_PROTOCOLS = ("SASL_SSL", "SSL", "SASL_PLAINTEXT", "PLAINTEXT")
"""The allowed values of `security.protocol`."""
