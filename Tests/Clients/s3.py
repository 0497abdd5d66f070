"""The S3 server of the tests, and folders of its bucket that nothing else uses."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, field
from typing import Any

import boto3

BUCKET = "martlet-test"


def server_url() -> str:
    url = os.environ.get("MARTLET_TEST_S3_URL", "")
    assert url, "MARTLET_TEST_S3_URL must name an S3 server; Scripts/with-s3 sets it"
    return url


@dataclass
class Bucket:
    """A folder of the bucket."""

    prefix: str = field(default_factory=lambda: f"{uuid.uuid4().hex[:12]}/artifacts")

    @property
    def uri(self) -> str:
        return f"s3://{BUCKET}/{self.prefix}"

    @property
    def options(self) -> list[str]:
        """What a server is told so that it keeps its artifacts here."""
        return ["--artifacts-destination", self.uri]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "MLFLOW_S3_ENDPOINT_URL": server_url(),
        }

    @property
    def client(self) -> Any:
        """Whoever else may write to the bucket."""
        return boto3.client(
            "s3",
            endpoint_url=server_url(),
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="secret",
        )

    def key(self, path: str) -> str:
        return f"{self.prefix}/{path}"

    def names(self, path: str = "") -> list[str]:
        """The keys below `path`, relative to it; at most a page of them."""
        start = self.key(path)
        found = self.client.list_objects_v2(Bucket=BUCKET, Prefix=start).get("Contents", [])
        return [each["Key"].removeprefix(start) for each in found]
