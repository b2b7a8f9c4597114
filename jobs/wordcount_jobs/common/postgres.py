"""Defines and checks the table of the sink `postgres`, and writes Spark's upserts into it.

PostgreSQL's texts hold no NUL, and its indexes no long text. So two different words are always written
differently:

1. NUL becomes ␀0, and a ␀ in the word becomes ␀␀.
2. Of a word of more than 512 code points, the first 512 are written, then … and the SHA-256 of the whole word
   as 64 hex digits.
"""

# ruff: noqa: S608 - the resource's table is a plain name, and every value goes through the driver

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from wordcount_core.failure_codes import FailureCode
from wordcount_core.failures import JobFailure
from wordcount_core.options import Postgres
from wordcount_jobs.common import mounted_secrets

if TYPE_CHECKING:
    from psycopg import Connection, Error

MAX_WORD_LENGTH = 512
NUL, MARK = "\0", "␀"
WINDOW = ("window_start", "window_end")
CONNECT_TIMEOUT = 5
"""Seconds within which the server must answer."""
TYPES = {"word": "text", "window_start": "timestamptz", "window_end": "timestamptz", "count": "bigint"}
_LOGIN_REFUSED = {"28000", "28P01"}
_NO_DATABASE, _NO_TABLE = "3D000", "42P01"


def stored_word(word: str) -> str:
    """Return a word as it is written in the table."""
    text = word.replace(MARK, MARK + MARK).replace(NUL, MARK + "0")
    if len(text) <= MAX_WORD_LENGTH:
        return text
    return f"{text[:MAX_WORD_LENGTH]}…{hashlib.sha256(text.encode()).hexdigest()}"


def key(windowed: bool) -> tuple[str, ...]:
    """Return the columns of the primary key."""
    return ("word", *(WINDOW if windowed else ()))


def columns(windowed: bool) -> tuple[str, ...]:
    """Return all columns, in order."""
    return (*key(windowed), "count")


def definition(sink: Postgres, windowed: bool) -> str:
    """Return the statement that creates the table."""
    parts = ", ".join(f"{name} {TYPES[name]} NOT NULL" for name in columns(windowed))
    return f"CREATE TABLE IF NOT EXISTS {sink.table} ({parts}, PRIMARY KEY ({', '.join(key(windowed))}))"


def upsert(sink: Postgres, windowed: bool) -> str:
    """Return the statement that writes one row, with psycopg's placeholders for the values."""
    names = columns(windowed)
    values = ", ".join(f"%s::{TYPES[name]}" for name in names)
    return (
        f"INSERT INTO {sink.table} ({', '.join(names)}) VALUES ({values}) "
        f"ON CONFLICT ({', '.join(key(windowed))}) DO UPDATE SET count = EXCLUDED.count"
    )


def write(rows: Iterable[Sequence[Any]], sink: Postgres, windowed: bool) -> None:
    """Upsert rows (the plain word, then the other columns) in one transaction; connect only for rows."""
    values = [(stored_word(word), *rest) for word, *rest in rows]
    if values:
        with connect(sink) as session, session.cursor() as cursor:
            cursor.executemany(upsert(sink, windowed).encode(), values)


def connect(sink: Postgres) -> Connection[Any]:
    """Open a session as the Secret's user. Raises psycopg.OperationalError."""
    import psycopg  # noqa: PLC0415 - only this sink needs it

    user, password = login(sink)
    return psycopg.connect(sink.url, user=user, password=password, connect_timeout=CONNECT_TIMEOUT)


def login(sink: Postgres) -> tuple[str | None, str | None]:
    """Return user and password; None and None if no Secret is named.

    Raises JobFailure if the Secret is missing.
    """
    if sink.credentials_secret is None:
        return None, None
    user, password = (
        mounted_secrets.value(sink.credentials_secret, part) for part in ("username", "password")
    )
    if user is None or password is None:
        sentence = f"Secret {sink.credentials_secret} with username and password does not exist; create it"
        raise JobFailure(FailureCode.POSTGRES_LOGIN, sentence)
    return user, password


def prepare(sink: Postgres, windowed: bool) -> None:
    """Create the table if it is missing, and try to write a row, which is rolled back. Raises JobFailure."""
    import psycopg  # noqa: PLC0415

    try:
        with connect(sink) as session:
            if (error := _try_upsert(session, sink, windowed)) and error.sqlstate == _NO_TABLE:
                session.execute(definition(sink, windowed).encode())
                error = _try_upsert(session, sink, windowed)
            if error:
                raise error
    except psycopg.OperationalError as error:
        raise _connection_failure(sink, error) from None
    except psycopg.Error as error:
        raise _table_failure(sink, windowed, error) from None


def _try_upsert(session: Connection[Any], sink: Postgres, windowed: bool) -> Error | None:
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


def _connection_failure(sink: Postgres, error: Error) -> JobFailure:
    text = str(error)
    if error.sqlstate in _LOGIN_REFUSED or "authentication failed" in text or "no password supplied" in text:
        return JobFailure(
            FailureCode.POSTGRES_LOGIN,
            "PostgreSQL refuses this user and password; correct them in the Secret",
        )
    if error.sqlstate == _NO_DATABASE or ("database" in text and "does not exist" in text):
        return JobFailure(
            FailureCode.POSTGRES_SERVER,
            f"there is no such database at {sink.url}; create it, or correct the url",
        )
    return JobFailure(
        FailureCode.POSTGRES_SERVER,
        f"PostgreSQL at {sink.url} does not answer; start it, or correct the url",
    )


def _table_failure(sink: Postgres, windowed: bool, error: Error) -> JobFailure:
    names = ", ".join(f"{name} {TYPES[name]}" for name in columns(windowed))
    return JobFailure(
        FailureCode.POSTGRES_TABLE,
        f"table {sink.table} cannot take counts ({error.diag.message_primary}); it needs the columns {names} "
        f"and the primary key ({', '.join(key(windowed))}), and this user must be allowed to write it; fix "
        "it, or name "
        "another table",
    )
