"""Writes signatures.json: requests to S3 and the headers with which botocore signs them.

usage: python make_signatures.py     (with botocore 1.43; the file is committed, so this runs when a case is added)
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock
from urllib.parse import quote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

LASTING = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
PASSING = Credentials("ASIAEXAMPLE", "secret/with+signs=", "a/token+with=signs//and%more")


@dataclass
class Case:
    name: str
    method: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = "http://127.0.0.1:9000"
    credentials: Credentials = LASTING
    region: str = "us-east-1"
    time: str = "2026-01-02T03:04:05"


CASES = [
    Case("get", "GET", "/bucket/key"),
    Case(
        "https",
        "GET",
        "/key",
        origin="https://bucket.s3.eu-central-1.amazonaws.com",
        region="eu-central-1",
        time="2024-02-29T23:59:59",
    ),
    Case("put", "PUT", "/bucket/a/b.txt", body=b"hello", time="2026-12-31T00:00:00"),
    Case("token", "PUT", "/bucket/a", body=b"\x00\xff", credentials=PASSING, region="us-west-2"),
    Case(
        "list",
        "GET",
        "/bucket/",
        [("list-type", "2"), ("prefix", "a b/\u00fc&=+~/"), ("delimiter", "/"), ("encoding-type", "url")],
    ),
    Case("empty value", "POST", "/bucket/key", [("uploads", "")]),
    Case("part", "PUT", "/bucket/key", [("uploadId", "x/y+z=="), ("partNumber", "10")], body=bytes(range(256))),
    Case(
        "headers",
        "GET",
        "/bucket/key",
        headers={"Range": "bytes=0-99", "If-Match": '"abc-1"', "X-Amz-Meta-Note": "  two   spaces  "},
    ),
    Case("name", "GET", "/bucket/gr\u00f6\u00dfe \u96e8/100% +sure'()*!~-._,;:@&=$"),
    Case("dots", "GET", "/bucket/a/.b/..c"),
    Case("order", "GET", "/bucket/", [("a-b", "1"), ("a", "2"), ("a", "1"), ("A", "3"), ("a_b", "4")]),
    Case(
        "delete",
        "POST",
        "/bucket/",
        [("delete", "")],
        {"Content-MD5": "XUFAKrxLKna5cZ2REBfFkg==", "Content-Type": "application/xml"},
        b"<Delete/>",
    ),
]


def signed(case: Case) -> dict[str, object]:
    encoded = quote(case.path, safe="/-._~")
    text = "&".join(f"{quote(key, safe='-._~')}={quote(value, safe='-._~')}" for key, value in case.query)
    moment = datetime.datetime.fromisoformat(case.time).replace(tzinfo=datetime.UTC)
    url = f"{case.origin}{encoded}" + (f"?{text}" if text else "")
    request = AWSRequest(case.method, url, dict(case.headers), case.body)
    with mock.patch("botocore.auth.get_current_datetime", lambda: moment):
        S3SigV4Auth(case.credentials, "s3", case.region).add_auth(request)
    return {
        "name": case.name,
        "method": case.method,
        "host": case.origin.split("//")[1],
        "path": encoded,
        "query": case.query,
        "headers": list(case.headers.items()),
        "credentials": [case.credentials.access_key, case.credentials.secret_key, case.credentials.token],
        "region": case.region,
        "milliseconds": int(moment.timestamp() * 1000),
        "signed": {key.lower(): value for key, value in request.headers.items()},
    }


if __name__ == "__main__":
    cases = [signed(case) for case in CASES]
    target = Path(__file__).with_name("signatures.json")
    target.write_text(json.dumps({"cases": cases}, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
    print(f"{target.name}: {len(cases)} cases")
