"""Where state lies: a folder of a mounted volume or a prefix of an S3 bucket, each as a path; never a credential of its own.

Endpoint, region and keys come from the environment, under the names that AWS's own programs read.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from wordcount_core.failures import Failure

if TYPE_CHECKING:
    from cloudpathlib import S3Client

StoragePath = Path
"""A `Path`, or the `S3Path` that does what a `Path` does; its library is loaded only where there is a bucket."""
SCHEME = "s3a://"
"""What Spark calls it; Flink takes it too, and the client below calls it s3://."""
PATH_STYLE = "S3_PATH_STYLE"
"""The variable that says `true` where the bucket stands in the path of a request and not in its host name."""
_FIELD = "spec.checkpoint.storage.s3"
_MISSING, _BROKEN = 404, 500


def is_s3(where: str) -> bool:
    """Whether the text names a place in a bucket."""
    return where.startswith(SCHEME)


def storage_path(where: str | None) -> StoragePath | None:
    """The path of a folder, of a `file:` URI or of an `s3a:` URI; None for none."""
    if where is None:
        return None
    if is_s3(where):
        prefix: Any = _client().CloudPath("s3://" + where.removeprefix(SCHEME))
        return cast(StoragePath, prefix)
    return Path(where.removeprefix("file://").removeprefix("file:"))


def text(path: StoragePath) -> str:
    """What `place` makes the path of."""
    return str(path).replace("s3://", SCHEME, 1)


def uri(where: str) -> str:
    """The same place with a scheme, without which Flink takes none; its own answers have one, with one slash."""
    return f"file://{where}" if where.startswith("/") else where


def check(where: str | None) -> None:
    """Raises Failure where the bucket cannot be used; a folder is left to whoever opens it."""
    if where is None or not is_s3(where):
        return
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError  # noqa: PLC0415 - only for S3

    bucket, _, folder = where.removeprefix(SCHEME).partition("/")
    try:
        # A HEAD request would not say why it is refused.
        _client().client.list_objects_v2(Bucket=bucket, Prefix=folder, MaxKeys=1)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            raise _failure(f".uri: there is no bucket {bucket}; make it, or correct the uri") from None
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        raise (_silent() if status >= _BROKEN else _refused(bucket)) from None
    except NoCredentialsError:
        raise _refused(bucket) from None
    except BotoCoreError:
        raise _silent() from None


def copy(source: StoragePath, target: StoragePath) -> None:
    """Copies one file, with the folders above it. Raises FileNotFoundError where the source has gone."""
    if isinstance(source, Path) and isinstance(target, Path):
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")  # so that a file is there whole or not at all
        shutil.copy2(source, part)
        part.replace(target)
        return
    from botocore.exceptions import ClientError  # noqa: PLC0415 - only for S3

    one: Any = source
    other: Any = target
    try:  # within the store, and in one request
        origin = {"Bucket": one.bucket, "Key": one.key}
        _client().client.copy_object(Bucket=other.bucket, Key=other.key, CopySource=origin)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == _MISSING:
            raise FileNotFoundError(text(source)) from None
        raise


def remove(path: StoragePath) -> None:
    """Removes a file, or a folder with all that is in it; what is not there is fine."""
    if not path.is_dir() or (isinstance(path, Path) and path.is_symlink()):
        path.unlink(missing_ok=True)
    elif isinstance(path, Path):
        shutil.rmtree(path)
    else:
        path.rmtree()  # in requests of a thousand objects each, which succeed even where one of them is refused
        if path.exists():
            raise PermissionError(errno.EACCES, "the store refuses to delete it", text(path))


def _failure(words: str) -> Failure:
    return Failure("StateUnavailable", _FIELD + words)


def _refused(bucket: str) -> Failure:
    return _failure(
        f".credentialsSecret: the store refuses these credentials for bucket {bucket}; correct AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY in the Secret, or what they may do"
    )


def _silent() -> Failure:
    return _failure(".endpoint: the store does not answer; start it, or correct the endpoint")


@cache
def _client() -> S3Client:
    import botocore.session  # noqa: PLC0415 - a quarter of a second that a volume need not wait for
    from boto3 import Session  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415
    from cloudpathlib import S3Client  # noqa: PLC0415
    from cloudpathlib.enums import FileCacheMode  # noqa: PLC0415

    style = "path" if os.environ.get(PATH_STYLE) == "true" else "auto"
    core = botocore.session.get_session()
    core.set_default_client_config(
        Config(
            s3={"addressing_style": style},
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 3},
        )
    )
    found = S3Client(
        boto3_session=Session(botocore_session=core, region_name=os.environ.get("AWS_REGION")),
        local_cache_dir=tempfile.mkdtemp(prefix="s3-"),  # which it removes; a second program has another
        file_cache_mode=FileCacheMode.close_file,
    )
    found.client.meta.events.register("after-call.s3.HeadObject", _answered)
    return found


def _answered(parsed: dict[str, Any], **_: object) -> None:
    """Raises Failure where the store is broken: the library would take that for a file that is not there."""
    if parsed["ResponseMetadata"]["HTTPStatusCode"] >= _BROKEN:
        raise _silent()
