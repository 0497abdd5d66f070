"""What the demo prints: numbered steps, indented facts, small tables; colours only on a terminal that wants them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_STYLED = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def _styled(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if _STYLED else text


def bold(text: str) -> str:
    return _styled("1", text)


def dim(text: str) -> str:
    return _styled("2", text)


def link(url: str) -> str:
    return _styled("36", url)


def step(number: int, title: str) -> None:
    print(f"\n  {_styled('1;36', str(number))}  {bold(title)}", flush=True)


def fact(text: str) -> None:
    print(f"     {text}", flush=True)


def done(text: str) -> None:
    print(f"     {_styled('32', '✓')} {text}", flush=True)


def alarm(text: str) -> None:
    print(f"     {_styled('33', '▲')} {text}", flush=True)


def look(url: str, what: str = "") -> None:
    """Where to see what was just done."""
    print(f"     {dim('→')} {link(url)}{'  ' + dim(what) if what else ''}", flush=True)


@contextmanager
def doing(text: str) -> Iterator[None]:
    """Shows `text` while the body runs, and takes it away after; says nothing where lines cannot be taken back."""
    if _STYLED:
        print(f"     {dim('… ' + text)}", end="\r", flush=True)
    try:
        yield
    finally:
        if _STYLED:
            print("\x1b[2K", end="\r", flush=True)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The first column to the left, the others to the right."""
    widths = [max(len(str(row[column])) for row in [heads, *rows]) for column in range(len(heads))]

    def line(cells: Sequence[str]) -> str:
        first, *rest = (cell.rjust(width) for cell, width in zip(cells, widths))
        return "   ".join([first.strip().ljust(widths[0]), *rest]).rstrip()

    fact(dim(line(heads)))
    for row in rows:
        fact(line(row))
