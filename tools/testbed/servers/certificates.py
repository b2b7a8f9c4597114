"""Makes an authority and certificates of it with openssl, also one that has expired."""

from pathlib import Path

from tools.cluster.terminal import run

# Without a file of its own, openssl would mark each certificate as an authority.
_CONFIG = "[req]\ndistinguished_name = subject\n[subject]\n"
_NEW = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def authority(folder: Path, name: str = "ca") -> None:
    """Writes NAME.crt and NAME.key."""
    (folder / "openssl.cnf").write_text(_CONFIG)
    own = ("-x509", "-days", "365", "-addext", "basicConstraints=critical,CA:TRUE")
    _request(folder, name, folder / f"{name}.crt", *own)


def certificate(folder: Path, name: str, *hosts: str, days: int = 365) -> None:
    """Writes NAME.crt, signed by the folder's `ca`, and NAME.key (PKCS#8).

    With negative `days` it has expired.
    """
    names = ("-addext", f"subjectAltName={','.join(hosts)}") if hosts else ()
    _request(folder, name, folder / f"{name}.csr", *names)
    signed = ("-CA", folder / "ca.crt", "-CAkey", folder / "ca.key", "-days", days)
    files = ("-in", folder / f"{name}.csr", "-out", folder / f"{name}.crt")
    run("openssl", "x509", "-req", "-copy_extensions", "copy", *signed, *files)


def _request(folder: Path, name: str, out: Path, *more: str) -> None:
    files = ("-keyout", folder / f"{name}.key", "-out", out, "-subj", f"/CN={name}")
    run("openssl", "req", "-config", folder / "openssl.cnf", *_NEW, *files, *more)
