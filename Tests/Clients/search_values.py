"""Runs made of awkward names, texts and numbers, the same for the same seed."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import Any

START = 1_700_000_000_000
# What MLflow writes for an infinite metric.
HUGE = 1.7976931348623157e308
LONG = "a long text " * 40

KEYS = [
    "lr",
    "a.b",
    "a b",
    "a/b",
    "a-b",
    "x:y",
    "größe",
    "ключ",
    "日本",
    "order",
    "null",
    "1st",
    "_x",
    "LR",
    "mlflow.a",
]
TEXTS = [
    *("", " ", "0.1", "0.01", "1", "10", "9", "-1", "a", "A", "ab", "aB", "Ab", "b ", "NULL", "null", "None", "true"),
    *(
        "it's",
        'say "hi"',
        "both ' and \"",
        "`tick`",
        "back\\slash",
        "end\\",
        "50%",
        "5%0",
        "50_",
        "5_0",
        "%",
        "_",
        "\\",
    ),
    *("'; DROP TABLE runs; --", '" OR 1=1 --', "' OR '1'='1", "/* c */", "a;b", "$1", "?", ":x", "%s", "{clustered}"),
    *(
        "Größe",
        "GRÖSSE",
        "größe",
        "ÄÖ",
        "äö",
        "e\u0301",
        "é",
        "É",
        "日本語",
        "日",
        "😀",
        "İ",
        "ı",
        "ß",
        "ﬁ",
        "\u200b",
        "\ufeff",
    ),
    *("line\nbreak", "tab\there", LONG, LONG + "1", LONG + "2", "z" * 251, "z" * 250 + "a"),
]
NUMBERS = [
    *(
        0.0,
        -0.0,
        1.0,
        1.0,
        1.0,
        -1.0,
        0.5,
        0.25,
        2.5,
        1e-300,
        5e-324,
        1e300,
        -1e300,
        3.0,
        10.0,
        9.0,
        0.1,
        0.30000000000000004,
    ),
    *(math.nan, math.nan, math.inf, -math.inf),
]
STATUSES = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]
CONTEXTS = ["train", "TRAIN", "eval", "it's", "50%"]


@dataclass
class Run:
    """What was sent of a run, and what the server made of it."""

    start: int
    end: int | None
    status: str
    name: str
    user: str
    deleted: bool
    metrics: dict[str, float] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    datasets: list[tuple[str, str, str | None]] = field(default_factory=list)
    id: str = ""
    artifact_uri: str = ""
    experiment: int = 0
    # Points before the latest, which no search by metrics may find.
    earlier: dict[str, float] = field(default_factory=dict)


def some_run(chance: random.Random) -> Run:
    def some(values: list[Any], most: int) -> dict[str, Any]:
        return {key: chance.choice(values) for key in chance.sample(KEYS, chance.randint(0, most))}

    texts = [text for text in TEXTS if len(text) <= 250]
    return Run(
        start=START + chance.randint(0, 30),
        end=None if chance.random() < 0.3 else START + chance.randint(0, 60),
        status=chance.choice(STATUSES),
        name=chance.choice([text for text in texts if text.strip()]),
        user=chance.choice(["ada", "Ada", "bob", "größe", "it's"]),
        deleted=chance.random() < 0.1,
        metrics=some(NUMBERS, 6) | ({"lr": chance.choice(NUMBERS)} if chance.random() < 0.7 else {}),
        params=some(TEXTS, 5) | ({"lr": chance.choice(["0.1", "0.01", "0.001"])} if chance.random() < 0.8 else {}),
        tags=some(TEXTS, 5) | ({"lr": chance.choice(TEXTS)} if chance.random() < 0.5 else {}),
        datasets=[
            (name, chance.choice(["d1", "D1", "d_2"]), chance.choice([None, *CONTEXTS]))
            for name in chance.sample(["iris", "Iris", "wine%", "it's"], chance.choice([0, 0, 0, 1, 2]))
        ],
    )
