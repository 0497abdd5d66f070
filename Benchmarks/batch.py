"""Predicts a file of many rows with `martlet predict`: wall time, processor time and the largest resident memory.

usage: python Benchmarks/batch.py [--rows N] [--rounds N] [--threads N] [--kind parquet|csv] [--json FILE]
MARTLET_BINARY names another build. The file is one row group of 30 columns of single precision, hard on memory;
the model is make_model.py's. The server runs beside it and is not measured.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from artifacts import serving

HERE = Path(__file__).resolve().parent
BINARY = os.environ.get("MARTLET_BINARY", str(HERE.parent / ".build/release/martlet"))
COLUMNS, SEED = 30, 9


def write_rows(path: Path, rows: int) -> None:
    draw = np.random.default_rng(SEED)
    names = [f"f{index}" for index in range(COLUMNS)]
    table = pa.table({name: draw.uniform(-2, 2, rows).astype("float32") for name in names})
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(table, path)
    else:
        pq.write_table(table, path, row_group_size=rows)


def measured(words: list[str], url: str) -> dict[str, float]:
    """One run: seconds, seconds of the processor, MiB."""
    process = subprocess.Popen([BINARY, *words], env={**os.environ, "MARTLET_URL": url}, stdout=subprocess.DEVNULL)
    started = os.times().elapsed
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return {
        "wall_s": os.times().elapsed - started,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mib": used.ru_maxrss / 1024,
    }


def rounds(folder: Path, url: str, options: argparse.Namespace) -> list[dict[str, float]]:
    subprocess.run([sys.executable, HERE / "make_model.py", folder / "model", "--register", url], check=True)
    source = folder / f"in.{options.kind}"
    write_rows(source, options.rows)
    words = ["predict", "--model", "bench-trees/1", "--in", str(source), "--out", str(folder / f"out.{options.kind}")]
    words += ["--threads", str(options.threads)]
    return [measured(words, url) for _ in range(options.rounds)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--kind", choices=["parquet", "csv"], default="parquet")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, serving(BINARY, Path(name)) as (_, port):
        found = rounds(Path(name), f"http://127.0.0.1:{port}", options)
    print("| rows | wall s | CPU s | resident MiB |\n|---|---|---|---|")
    wall, cpu, peak = (statistics.median(one[key] for one in found) for key in ("wall_s", "cpu_s", "peak_mib"))
    print(f"| {options.rows:,} | {wall:.2f} | {cpu:.2f} | {peak:.0f} |")
    print(f"This program itself used {resource.getrusage(resource.RUSAGE_SELF).ru_utime:.1f} s, which are not counted.")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
