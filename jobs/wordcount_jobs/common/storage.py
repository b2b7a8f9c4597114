"""Open, check, copy and remove state in a folder or under a prefix of an S3 bucket.

Endpoint, region and keys of a bucket come from the environment, under the names that AWS's own programs read.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from wordcount_core.failure_codes import FailureCode
from wordcount_core.failures import JobFailure
from wordcount_core.storage_uris import S3A_SCHEME, is_s3, without_file_scheme

if TYPE_CHECKING:
    from cloudpathlib import S3Client

StoragePath = Path
"""A `Path`, or an `S3Path`, which has the same methods. Its library is loaded only if there is a bucket."""
_CLIENT_SCHEME = "s3://"
"""The scheme for a bucket in the client's own URIs."""
PATH_STYLE = "S3_PATH_STYLE"
"""The environment variable that is `true` if the bucket is in a request's path, not in its host name."""
_MISSING, _BROKEN = 404, 500


def storage_path(place: str | None) -> StoragePath | None:
    """Return the path of a folder, of a `file:` URI or of an `s3a:` URI; None for None."""
    if place is None:
        return None
    if is_s3(place):
        prefix: Any = _client().CloudPath(_CLIENT_SCHEME + place.removeprefix(S3A_SCHEME))
        return cast(StoragePath, prefix)
    return Path(without_file_scheme(place))


def text(path: StoragePath) -> str:
    """Return the text of which `storage_path` makes this path."""
    return str(path).replace(_CLIENT_SCHEME, S3A_SCHEME, 1)


def check_bucket(place: str | None) -> None:
    """Raise JobFailure if the bucket cannot be used.

    A folder is not checked: its first use shows what is wrong.
    """
    if place is None or not is_s3(place):
        return
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError  # noqa: PLC0415

    bucket, _, folder = place.removeprefix(S3A_SCHEME).partition("/")
    try:
        # A HEAD request would not say why it is refused.
        _client().client.list_objects_v2(Bucket=bucket, Prefix=folder, MaxKeys=1)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            raise _failure(FailureCode.BUCKET_MISSING, bucket) from None
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        raise (
            _failure(FailureCode.STORE_SILENT)
            if status >= _BROKEN
            else _failure(FailureCode.BUCKET_FORBIDDEN, bucket)
        ) from None
    except NoCredentialsError:
        raise _failure(FailureCode.BUCKET_FORBIDDEN, bucket) from None
    except BotoCoreError:
        raise _failure(FailureCode.STORE_SILENT) from None


def copy(source: StoragePath, target: StoragePath) -> None:
    """Copy one file, and create the folders above it. Raises FileNotFoundError if the source has gone."""
    if isinstance(source, Path) and isinstance(target, Path):
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")  # so that a file is there whole or not at all
        shutil.copy2(source, part)
        part.replace(target)
        return
    from botocore.exceptions import ClientError  # noqa: PLC0415

    from_key: Any = source
    to_key: Any = target
    try:  # within the store, and in one request
        copied = {"Bucket": from_key.bucket, "Key": from_key.key}
        _client().client.copy_object(Bucket=to_key.bucket, Key=to_key.key, CopySource=copied)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == _MISSING:
            raise FileNotFoundError(text(source)) from None
        raise


def remove(path: StoragePath) -> None:
    """Remove a file, or a folder with all that is in it; it is no error if there is nothing."""
    if not path.is_dir() or (isinstance(path, Path) and path.is_symlink()):
        path.unlink(missing_ok=True)
    elif isinstance(path, Path):
        shutil.rmtree(path)
    else:
        path.rmtree()  # in requests of a thousand objects each, which succeed even if one object is refused
        if path.exists():
            raise PermissionError(errno.EACCES, "the store refuses to delete it", text(path))


def _failure(code: FailureCode, bucket: str = "") -> JobFailure:
    return JobFailure(code, code.sentence.format(bucket=bucket))


@cache
def _client() -> S3Client:
    import botocore.session  # noqa: PLC0415 - takes a quarter of a second, and a volume does not need it
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
    client = S3Client(
        boto3_session=Session(botocore_session=core, region_name=os.environ.get("AWS_REGION")),
        local_cache_dir=tempfile.mkdtemp(
            prefix="s3-"
        ),  # the client removes it; a second program has another one
        file_cache_mode=FileCacheMode.close_file,
    )
    client.client.meta.events.register("after-call.s3.HeadObject", _check_head_answer)
    return client


def _check_head_answer(parsed: dict[str, Any], **_: object) -> None:
    """Raise JobFailure if the store is broken.

    The library would take that answer for a file that is not there.
    """
    if parsed["ResponseMetadata"]["HTTPStatusCode"] >= _BROKEN:
        raise _failure(FailureCode.STORE_SILENT)
