"""Writes the tables of this folder, with pyarrow 26.0 and pandas 3.1: python3 write.py [folder]."""

import datetime
import decimal
import pathlib
import sys

import pandas
import pyarrow
import pyarrow.parquet

FOLDER = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent


def parquet(name: str, table: pyarrow.Table, **options: object) -> None:
    pyarrow.parquet.write_table(table, FOLDER / name, **options)


def types() -> None:
    """Every type that is read: a value, a second one, and a missing one."""
    day = datetime.date(2024, 2, 29)
    moment = datetime.datetime(2024, 2, 29, 12, 30, 15, 123456)
    columns: list[tuple[str, pyarrow.DataType, list[object]]] = [
        ("bool", pyarrow.bool_(), [True, False]),
        ("int8", pyarrow.int8(), [-128, 127]),
        ("int16", pyarrow.int16(), [-32768, 32767]),
        ("int32", pyarrow.int32(), [-(2**31), 2**31 - 1]),
        ("int64", pyarrow.int64(), [-(2**63), 2**63 - 1]),
        ("uint8", pyarrow.uint8(), [0, 255]),
        ("uint16", pyarrow.uint16(), [0, 65535]),
        ("uint32", pyarrow.uint32(), [0, 2**32 - 1]),
        ("uint64", pyarrow.uint64(), [0, 2**64 - 1]),
        ("float32", pyarrow.float32(), [0.5, float("nan")]),
        ("float64", pyarrow.float64(), [0.1, float("-inf")]),
        ("decimal4", pyarrow.decimal128(4, 2), [decimal.Decimal("-12.34"), decimal.Decimal("99.99")]),
        ("decimal9", pyarrow.decimal128(9, 3), [decimal.Decimal("-123456.789"), decimal.Decimal("0.001")]),
        ("decimal18", pyarrow.decimal128(18, 1), [decimal.Decimal("-12345678901234.5"), decimal.Decimal("0.1")]),
        ("decimal38", pyarrow.decimal128(38, 2), [decimal.Decimal("-1234567890123456789012.25"), decimal.Decimal("1")]),
        ("text", pyarrow.string(), ["twelve bytes", "more than twelve bytes: äöü €"]),
        ("category", pyarrow.dictionary(pyarrow.int8(), pyarrow.string()), ["low", "a category of some length"]),
        ("date", pyarrow.date32(), [day, datetime.date(1969, 12, 31)]),
        (
            "seconds",
            pyarrow.timestamp("s"),
            [moment.replace(microsecond=0), datetime.datetime(1969, 12, 31, 23, 59, 59)],
        ),
        ("millis", pyarrow.timestamp("ms"), [moment.replace(microsecond=123000), datetime.datetime(1960, 1, 1)]),
        ("micros", pyarrow.timestamp("us"), [moment, datetime.datetime(1960, 1, 1)]),
        ("nanos", pyarrow.timestamp("ns"), [pandas.Timestamp("2024-02-29 12:30:15.123456789").value, -1]),
        ("zoned", pyarrow.timestamp("us", tz="Europe/Berlin"), [moment, datetime.datetime(1960, 1, 1)]),
        ("bytes", pyarrow.binary(), [b"\x00\xff", b""]),
        ("list", pyarrow.list_(pyarrow.int32()), [[1, 2], []]),
        ("struct", pyarrow.struct([("a", pyarrow.int32())]), [{"a": 1}, {"a": 2}]),
    ]
    arrays = [pyarrow.array([*values, None], kind) for _, kind, values in columns]
    nothing = pyarrow.nulls(3)
    names = [name for name, _, _ in columns]
    parquet("types.parquet", pyarrow.table([*arrays, nothing], [*names, "nothing"]))


def main() -> None:
    types()
    rows = 10_000
    numbered = pyarrow.table(
        {
            "row": pyarrow.array(range(rows), pyarrow.int32()),
            "third": pyarrow.array([None if row % 3 else row / 3 for row in range(rows)], pyarrow.float64()),
            "word": pyarrow.array(["zero", "one", "two", "a rather long word"][row % 4] for row in range(rows)),
        }
    )
    parquet("rows.parquet", numbered, compression="zstd", row_group_size=3000)
    names = ["größe", 'naïve "quoted"', "with, comma", "日本語", "🙂", "a'b", "select"]
    named = pyarrow.table({name: [index, index + 1] for index, name in enumerate(names)})
    parquet("names.parquet", named)
    named.to_pandas().to_csv(FOLDER / "names.csv", index=False)
    parquet("empty.parquet", numbered.slice(0, 0))
    frame = pandas.DataFrame(
        {
            "id": [1, 2, 3, 4],
            "score": [0.5, None, float("inf"), -1e300],
            "active": [True, False, None, True],
            "city": ["Köln", "", None, 'says "hi", twice'],
            "seen": pandas.to_datetime(
                ["2024-01-02 03:04:05", None, "1969-12-31", "2024-02-29 23:59:59.5"], format="ISO8601"
            ),
        }
    )
    frame.to_csv(FOLDER / "frame.csv", index=False)
    frame.to_parquet(FOLDER / "frame.parquet")
    (FOLDER / "damaged.parquet").write_bytes((FOLDER / "rows.parquet").read_bytes()[:4000])


if __name__ == "__main__":
    main()
