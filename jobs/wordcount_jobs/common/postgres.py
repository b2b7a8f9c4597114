"""The table of the sink `postgres`: its columns, how a word is written there, whether it can take counts, and Spark's upserts.

PostgreSQL's texts hold no NUL, and its indexes no long text. So a word is written like this, and no two words alike:

1. NUL becomes ␀0, and a ␀ that stands in the word becomes ␀␀.
2. Of what is longer than 512 code points the first 512 are written, then … and the SHA-256 of the whole as 64 hex digits.
"""

# ruff: noqa: S608 - the resource's table is a plain name, and every value goes through the driver

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from wordcount_core.failures import Failure
from wordcount_core.options import Postgres
from wordcount_jobs.common import mounted_secrets

if TYPE_CHECKING:
    from psycopg import Connection, Error

MAX_WORD_LENGTH = 512
NUL, MARK = "\0", "␀"
WINDOW = ("window_start", "window_end")
CONNECT_TIMEOUT = 5
"""Seconds in which the server must answer."""
TYPES = {"word": "text", "window_start": "timestamptz", "window_end": "timestamptz", "count": "bigint"}
_FIELD = "spec.sink.postgres"
_REFUSED = {"28000", "28P01"}
_NO_DATABASE, _NO_TABLE = "3D000", "42P01"


def stored_word(word: str) -> str:
    """How a word stands in the table."""
    text = word.replace(MARK, MARK + MARK).replace(NUL, MARK + "0")
    if len(text) <= MAX_WORD_LENGTH:
        return text
    return f"{text[:MAX_WORD_LENGTH]}…{hashlib.sha256(text.encode()).hexdigest()}"


def key(windowed: bool) -> tuple[str, ...]:
    """The columns that make a row another one."""
    return ("word", *(WINDOW if windowed else ()))


def columns(windowed: bool) -> tuple[str, ...]:
    """All columns, in order."""
    return (*key(windowed), "count")


def definition(sink: Postgres, windowed: bool) -> str:
    """The statement that makes the table."""
    parts = ", ".join(f"{name} {TYPES[name]} NOT NULL" for name in columns(windowed))
    return f"CREATE TABLE IF NOT EXISTS {sink.table} ({parts}, PRIMARY KEY ({', '.join(key(windowed))}))"


def upsert(sink: Postgres, windowed: bool) -> str:
    """The statement that writes one row, its values as psycopg takes them."""
    names = columns(windowed)
    values = ", ".join(f"%s::{TYPES[name]}" for name in names)
    return (
        f"INSERT INTO {sink.table} ({', '.join(names)}) VALUES ({values}) "
        f"ON CONFLICT ({', '.join(key(windowed))}) DO UPDATE SET count = EXCLUDED.count"
    )


def write(rows: Iterable[Sequence[Any]], sink: Postgres, windowed: bool) -> None:
    """Upserts rows (the word as it is, then the other columns) in one transaction; no row, no connection."""
    values = [(stored_word(word), *rest) for word, *rest in rows]
    if values:
        with connect(sink) as session, session.cursor() as cursor:
            cursor.executemany(upsert(sink, windowed).encode(), values)


def connect(sink: Postgres) -> Connection[Any]:
    """A session with the Secret's user. Raises psycopg.OperationalError."""
    import psycopg  # noqa: PLC0415 - only for this sink

    user, password = login(sink)
    return psycopg.connect(sink.url, user=user, password=password, connect_timeout=CONNECT_TIMEOUT)


def login(sink: Postgres) -> tuple[str | None, str | None]:
    """User and password; None and None where no Secret is named. Raises Failure where it is not there."""
    if sink.credentials_secret is None:
        return None, None
    user, password = (
        mounted_secrets.value(sink.credentials_secret, part) for part in ("username", "password")
    )
    if user is None or password is None:
        raise _failure(
            f".credentialsSecret: Secret {sink.credentials_secret} with username and password is not there; make it"
        )
    return user, password


def prepare(sink: Postgres, windowed: bool) -> None:
    """Makes the table where there is none, and tries the very statement of a row, which is taken back. Raises Failure."""
    import psycopg  # noqa: PLC0415

    try:
        with connect(sink) as session:
            if (error := _tried(session, sink, windowed)) and error.sqlstate == _NO_TABLE:
                session.execute(definition(sink, windowed).encode())
                error = _tried(session, sink, windowed)
            if error:
                raise error
    except psycopg.OperationalError as error:
        raise _unreachable(sink, error) from None
    except psycopg.Error as error:
        raise _unfit(sink, windowed, error) from None


def _tried(session: Connection[Any], sink: Postgres, windowed: bool) -> Error | None:
    import psycopg  # noqa: PLC0415

    instants = ["2000-01-01T00:00:00.000Z"] * (2 if windowed else 0)
    try:
        with session.transaction(force_rollback=True):
            session.execute(upsert(sink, windowed).encode(), ["", *instants, 0])
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        return error
    return None


def _unreachable(sink: Postgres, error: Error) -> Failure:
    words = str(error)
    if error.sqlstate in _REFUSED or "authentication failed" in words or "no password supplied" in words:
        return _failure(
            ".credentialsSecret: PostgreSQL refuses this user and password; correct them in the Secret"
        )
    if error.sqlstate == _NO_DATABASE or ("database" in words and "does not exist" in words):
        return _failure(f".url: there is no such database at {sink.url}; make it, or correct the url")
    return _failure(f".url: PostgreSQL at {sink.url} does not answer; start it, or correct the url")


def _unfit(sink: Postgres, windowed: bool, error: Error) -> Failure:
    names = ", ".join(f"{name} {TYPES[name]}" for name in columns(windowed))
    return _failure(
        f".table: table {sink.table} cannot take counts ({error.diag.message_primary}); it needs the columns {names} and the "
        f"primary key ({', '.join(key(windowed))}), and this user must be allowed to write it; mend it, or name another table"
    )


def _failure(words: str) -> Failure:
    return Failure("SinkUnavailable", _FIELD + words)
