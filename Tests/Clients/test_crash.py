"""`kill -9` under load, twenty times on each database, and PostgreSQL's own crashes: what was acknowledged is there."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable

import pytest
from martlet import DATABASES, Martlet, store_of
from rest import Rest
from writers import Acknowledged, Writer, check_chain, verify

KILLS = 20
WRITERS = 6
LOAD_SECONDS = (0.3, 0.9)
RESTARTS = 4


@pytest.mark.parametrize("database", DATABASES)
def test_whatever_was_acknowledged_is_there_after_a_kill(database: str, launch: Callable[..., Martlet]) -> None:
    server = launch(store=store_of(database)).start()
    draw = random.Random(database)
    total = 0
    for kill in range(KILLS):
        rest = Rest(server.url)
        experiment = rest.experiment()
        kept = [Acknowledged(rest.run(experiment)) for _ in range(WRITERS)]
        writers = [Writer(server.url, each, first=index) for index, each in enumerate(kept)]
        for writer in writers:
            writer.start()
        time.sleep(draw.uniform(*LOAD_SECONDS))
        server.kill()
        for writer in writers:
            writer.join()
        server.start()
        for each in kept:
            assert each.refused == 0
            verify(Rest(server.url), each)
        total += sum(each.total() for each in kept)
        print(f"{database}: kill {kill + 1}, {total} things acknowledged and there")
    assert total > KILLS * WRITERS, "the load was no load"
    check_chain(Rest(server.url))


def restart_postgresql() -> None:
    """Ends PostgreSQL as a crash would, and starts it again."""
    control, data = os.environ["MARTLET_TEST_POSTGRES_CTL"].split(), os.environ["MARTLET_TEST_POSTGRES_DATA"]
    words = ["restart", "-D", data, "-m", "immediate", "-w", "-l", f"{data}/restart.log"]
    subprocess.run([*control, *words], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60)


def test_whatever_was_acknowledged_is_there_when_postgresql_crashes(launch: Callable[..., Martlet]) -> None:
    server = launch(store=store_of("postgresql")).start()
    rest = Rest(server.url)
    experiment = rest.experiment()
    kept = [Acknowledged(rest.run(experiment)) for _ in range(WRITERS)]
    writers = [Writer(server.url, each, first=index) for index, each in enumerate(kept)]
    for writer in writers:
        writer.start()
    for _ in range(RESTARTS):
        time.sleep(LOAD_SECONDS[1])
        restart_postgresql()
    before = sum(each.total() for each in kept)
    deadline = time.monotonic() + 30
    while sum(each.total() for each in kept) < before + 10 * WRITERS and time.monotonic() < deadline:
        time.sleep(0.05)
    for writer in writers:
        writer.stop.set()
    for writer in writers:
        writer.join()
    assert sum(each.total() for each in kept) >= before + 10 * WRITERS, "nothing is written any more"
    assert sum(each.refused for each in kept) > 0, "the crash was not felt"
    for each in kept:
        verify(rest, each)
    check_chain(rest)
