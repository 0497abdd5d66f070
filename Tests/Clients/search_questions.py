"""Search calls by the thousand: every kind of key with every comparator, well and badly written, orders and pages."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from search_values import CONTEXTS, HUGE, KEYS, NUMBERS, START, STATUSES, TEXTS

TEXT_COMPARATORS = ["=", "=", "!=", "LIKE", "ILIKE", "like", "Ilike"]
ODD_COMPARATORS = ["<", ">=", "==", "<>", "IN", "NOT IN", "RLIKE", "NOT LIKE", "~", "IS NULL", "IS NOT NULL", "=>"]
NUMBER_COMPARATORS = ["=", "!=", "<", "<=", ">", ">="]
PATTERNS = [
    "%",
    "_",
    "%a%",
    "a%",
    "%b",
    "A_",
    "_b",
    "5_0",
    "50%",
    "%\\%",
    "%Größe%",
    "gr_ße",
    "%É%",
    "日%",
    "%'%",
    "a long%",
]
# What a careless reader of filters would run, or stumble over.
HOSTILE = [
    *(
        "'; DROP TABLE runs; --",
        '"; DELETE FROM runs; --',
        "' OR '1'='1",
        "' OR 1=1 --",
        "') OR ('1'='1",
        "\\' OR 1=1 --",
    ),
    *(
        "' UNION SELECT key, value FROM run_params --",
        "'/**/OR/**/1=1",
        "%' ESCAPE '%",
        "\u2019 OR 1=1 --",
        "\uff07 OR 1=1",
    ),
    *(
        "$1",
        "?",
        ":a",
        "{clustered}",
        "`",
        '"',
        "'",
        "\\",
        "``",
        "''",
        '""',
        "%00",
        "\u202e",
        "a'||'b",
        "CHAR(39)",
        "0x27",
    ),
]
# A word of SQL that MLflow's reader takes for SQL even behind a dot: it refuses a key that it stored.
BARE_KEYS = ["lr", "a.b", "größe", "ключ", "日本", "order", "null", "_x", "LR", "mlflow.a", "missing"]


def quoted(text: str, chance: random.Random) -> str:
    """`text` between quotes that it does not hold itself, if there are such."""
    marks = [mark for mark in "'\"" if mark not in text]
    mark = chance.choice(marks or ["'"])
    return f"{mark}{text}{mark}"


def key(chance: random.Random) -> str:
    if chance.random() < 0.5:
        return chance.choice(BARE_KEYS)
    mark = chance.choice('``"')
    return f"{mark}{chance.choice([*KEYS, 'missing'])}{mark}"


def number(chance: random.Random) -> str:
    value = chance.choice([value for value in NUMBERS if abs(value) < HUGE])
    return chance.choice([repr(value), repr(value), f"{value:.3e}".replace("e+", "e"), f"{value:.2f}", str(int(value))])


def odd_value(chance: random.Random) -> str:
    """A value that is wrong more often than not."""
    return chance.choice(
        [
            "1",
            "-0.5",
            "'1'",
            "word",
            "NULL",
            "('a')",
            "('a', 'b',)",
            "()",
            "(1)",
            "('a', 1)",
            "tags.a",
            "`a`",
            "1e",
            "+1",
        ]
    )


def value(chance: random.Random, comparator: str) -> str:
    if comparator.upper() in ("LIKE", "ILIKE"):
        return quoted(chance.choice([*PATTERNS, *TEXTS]), chance)
    return quoted(chance.choice(TEXTS), chance)


def texts(chance: random.Random, values: list[str]) -> str:
    chosen = [text.replace("\\", "\\\\") for text in chance.choices(values, k=chance.randint(1, 4))]
    return "(" + ", ".join(quoted(text, chance) for text in chosen if "\n" not in text) + chance.choice(["", ","]) + ")"


class Questions:
    """Filters and orders over one kind of thing."""

    def __init__(self, chance: random.Random, ids: list[str]) -> None:
        self.chance = chance
        self.ids = ids

    def keyed(self, entities: list[str]) -> str:
        chance = self.chance
        name = f"{chance.choice(entities)}.{key(chance)}"
        if chance.random() < 0.15:
            return f"{name} {chance.choice(['IS NULL', 'IS NOT NULL', 'is  null', 'Is Not Null'])}"
        comparator = chance.choice(TEXT_COMPARATORS)
        return f"{name} {comparator} {value(chance, comparator)}"

    def metric(self) -> str:
        space = self.chance.choice([" ", " ", ""])
        entity = self.chance.choice(["metrics", "metric"])
        comparator = self.chance.choice(NUMBER_COMPARATORS)
        return f"{entity}.{key(self.chance)}{space}{comparator}{space}{number(self.chance)}"

    def attribute(self) -> str:
        chance = self.chance
        prefix = chance.choice(["", "", "attributes.", "attribute.", "attr.", "run."])
        kind = chance.choice(["text", "text", "time", "status", "id", "ids"])
        comparator = chance.choice(TEXT_COMPARATORS)
        if kind == "time":
            name = chance.choice(["start_time", "end_time", "created", "Created"])
            moment = chance.choice([f"{START + chance.randint(-1, 61)}", f"{START + chance.randint(0, 30)}.5"])
            return f"{prefix}{name} {chance.choice(NUMBER_COMPARATORS)} {moment}"
        if kind == "status":
            return f"{prefix}status {comparator} {quoted(chance.choice([*STATUSES, 'F%', 'finished', '%ED']), chance)}"
        if kind == "id":
            return f"{prefix}run_id {comparator} {quoted(chance.choice([*self.ids, '%', 'a%']), chance)}"
        if kind == "ids":
            return f"{prefix}run_id {chance.choice(['IN', 'NOT IN', 'in'])} {texts(chance, [*self.ids, 'nope'])}"
        name = chance.choice(["run_name", "user_id", "artifact_uri", "`run name`", '"Run Name"'])
        return f"{prefix}{name} {comparator} {value(chance, comparator)}"

    def dataset(self) -> str:
        chance = self.chance
        name = chance.choice(["name", "digest", "context"])
        values = {"name": ["iris", "Iris", "wine%", "it's"], "digest": ["d1", "D1", "d_2"], "context": CONTEXTS}[name]
        entity = chance.choice(["dataset", "datasets"])
        if chance.random() < 0.3:
            return f"{entity}.{name} {chance.choice(['IN', 'NOT IN'])} {texts(chance, values)}"
        comparator = chance.choice(TEXT_COMPARATORS)
        return f"{entity}.{name} {comparator} {quoted(chance.choice([*values, '%i%', 'D%']), chance)}"

    def run_condition(self) -> str:
        chance = self.chance
        kind = chance.random()
        if kind < 0.25:
            return self.metric()
        if kind < 0.45:
            return self.keyed(["params", "param", "parameter", "parameters"])
        if kind < 0.65:
            return self.keyed(["tags", "tag"])
        if kind < 0.83:
            return self.attribute()
        if kind < 0.93:
            return self.dataset()
        return self.odd(["metrics", "params", "tags", "attributes", "dataset", "foo", "Params"])

    def odd(self, entities: list[str]) -> str:
        """A condition that is hostile, or puts together what seldom goes together."""
        chance = self.chance
        if chance.random() < 0.5:
            text = chance.choice(HOSTILE)
            mark = chance.choice("'\"")
            name = chance.choice(entities)
            return chance.choice(
                [
                    f"{name}.lr = {mark}{text}{mark}",
                    f"{name}.`{text}` = 'x'",
                    f"{name}.lr LIKE {mark}%{text}{mark}",
                    text,
                ]
            )
        name = f"{chance.choice(entities)}.{key(chance)}"
        comparator = chance.choice([*ODD_COMPARATORS, *TEXT_COMPARATORS, *NUMBER_COMPARATORS])
        if comparator.startswith("IS"):
            return f"{name} {comparator}"
        return f"{name} {comparator} {odd_value(chance)}"

    def joined(self, condition: Any) -> str:
        chance = self.chance
        count = chance.choice([0, 1, 1, 1, 2, 2, 3])
        joint = chance.choice([" AND ", " and ", "\nAND ", " AND "])
        text = joint.join(condition() for _ in range(count))
        return text + chance.choice([""] * 18 + [" AND", " OR 1 = 1"]) if text else text

    def run_order(self) -> list[str]:
        chance = self.chance
        keys = []
        for _ in range(chance.choice([0, 1, 1, 1, 2, 2, 3])):
            attribute = chance.choice(
                ["start_time", "end_time", "status", "run_name", "user_id", "run_id", "artifact_uri"]
            )
            name = chance.choice(
                [
                    *(f"{entity}.{key(chance)}" for entity in ("metrics", "params", "tags")),
                    *("metrics.lr", "params.lr", "tags.lr", attribute, f"attributes.{attribute}"),
                ]
            )
            keys.append(name + chance.choice(["", " ASC", " DESC", " desc", " DESC"]))
        return keys

    def runs(self, experiments: list[str]) -> Iterator[dict[str, Any]]:
        chance = self.chance
        while True:
            yield {
                "experiment_ids": chance.choice([experiments[:1], experiments[:1], experiments]),
                "filter": self.joined(self.run_condition),
                "order_by": self.run_order(),
                "run_view_type": chance.choice(["ACTIVE_ONLY"] * 4 + ["DELETED_ONLY", "ALL"]),
                "max_results": chance.choice([1, 7, 50, 50, 1000]),
            }

    def named(self, attributes: dict[str, list[str]], numbers: dict[str, list[str]], lists: list[str]) -> str:
        """A condition on experiments, models or versions."""
        chance = self.chance
        kind = chance.random()
        if kind < 0.45:
            return self.keyed(["tags", "tag"]).replace(" like ", " LIKE ").replace(" Ilike ", " ILIKE ")
        if kind < 0.55:
            return self.odd(["tags", "attribute", "foo", "metrics"]).replace(" like ", " LIKE ")
        if kind < 0.7 and numbers:
            name = chance.choice(list(numbers))
            return f"{name} {chance.choice(NUMBER_COMPARATORS)} {chance.choice(numbers[name])}"
        if kind < 0.8 and lists:
            name = chance.choice(lists)
            return f"{name} {chance.choice(['IN', 'NOT IN'])} {texts(chance, attributes[name])}"
        name = chance.choice(list(attributes))
        comparator = chance.choice(["=", "!=", "LIKE", "ILIKE"])
        return (
            f"{name} {comparator} {quoted(chance.choice([*attributes[name], 'x_y%', '%E%', 'größe%', '%Ö%']), chance)}"
        )
