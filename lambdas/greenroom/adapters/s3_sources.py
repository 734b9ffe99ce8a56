"""The S3 objects that batches may come from."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from greenroom.domain.errors import FieldError, InvalidRequest

# Without the right to list a bucket, S3 says AccessDenied of an object that is not there:
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
_NOT_READABLE = {"AccessDenied", "NoSuchBucket", "NoSuchKey", "PermanentRedirect", "InvalidObjectState"}


class S3Sources:
    def __init__(self, client: Any) -> None:
        self._client = client

    def read(self, bucket: str, key: str, limit: int) -> bytes:
        """Return the object's content. Raise InvalidRequest if it cannot be read, or has more bytes than `limit`."""
        try:
            answer = self._client.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code not in _NOT_READABLE:
                raise
            rule = f"must be an object that is there and that Greenroom may read: S3 says {code}"
            raise InvalidRequest([FieldError("source.key", rule)]) from None
        with answer["Body"] as body:
            if answer["ContentLength"] > limit:
                raise InvalidRequest([FieldError("source.key", f"must not have more than {limit} bytes")])
            return bytes(body.read())
