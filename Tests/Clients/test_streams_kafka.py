"""`martlet stream` between topics of Kafka's protocol, spoken over TCP with librdkafka's mock cluster."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from rest import fresh
from streams import SECONDS_MAX, KafkaBroker, Launch, Reader, RedisServer, Served, launching, serving, wait_until

PARTITIONS = 4
BATCH = 64


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture(scope="module")
def broker() -> Iterator[KafkaBroker]:
    broker = KafkaBroker.start()
    yield broker
    broker.stop()


@pytest.fixture
def launch(served: Served, tmp_path: Path) -> Iterator[Launch]:
    yield from launching(served, tmp_path)


@pytest.fixture
def stem(broker: KafkaBroker) -> str:
    """The start of the names of three topics and a group that no other test uses."""
    stem = fresh("topic")
    for end in ("in", "out", "dead"):
        broker.tell(f"topic {stem}.{end} {PARTITIONS}")
    return stem


def ends(broker: KafkaBroker, stem: str, **output: Any) -> list[str]:
    source = broker.url(f"{stem}.in", group=stem, session_timeout_ms=6000)
    target = broker.url(f"{stem}.out", **output)
    return ["--in", source, "--out", target, "--dead-letters", broker.url(f"{stem}.dead")]


def fill(broker: KafkaBroker, stem: str, rows: list[dict[str, Any]], count: int, first: int = 0) -> None:
    producer = broker.producer()
    for number in range(first, first + count):
        value, headers = json.dumps(rows[number % len(rows)]), {"id": f"event-{number}"}
        producer.produce(f"{stem}.in", value, key=f"k{number % 31}", headers=headers)
        if number % 1_000 == 0:
            producer.poll(0)
    assert producer.flush(30) == 0


def headers_of(message: Any) -> dict[str, str]:
    return {name: value.decode() for name, value in message.headers() or []}


def ids_of(messages: list[Any]) -> Counter[str]:
    return Counter(headers_of(message)["id"] for message in messages)


def all_ids(count: int) -> set[str]:
    return {f"event-{number}" for number in range(count)}


def test_replies_are_what_the_endpoint_answers(served: Served, broker: KafkaBroker, stem: str, launch: Launch) -> None:
    rows = served.rows()
    bad = {"torn": '{"length"', "short": '{"length": 1}'}
    fill(broker, stem, rows, 40)
    producer = broker.producer()
    for identity, value in bad.items():
        producer.produce(f"{stem}.in", value, key="k", headers={"id": identity})
    producer.produce(f"{stem}.in", json.dumps(rows[0]), partition=2)
    producer.produce(f"{stem}.in", None, key="gone", partition=2)
    assert producer.flush(30) == 0
    stream = launch(*ends(broker, stem))
    replies = Reader(broker, f"{stem}.out", PARTITIONS).wait_for(41)
    letters = Reader(broker, f"{stem}.dead", PARTITIONS).wait_for(3)
    for message in replies:
        said, headers = json.loads(message.value()), headers_of(message)
        topic, partition, offset = headers["origin"].rsplit("/", 2)
        assert topic == f"{stem}.in" and headers["id"] == said["id"] and int(partition) < PARTITIONS
        if not said["id"].startswith("event-"):
            assert said["id"] == f"{stem}.in/2/{offset}" and message.key() is None
            assert said["prediction"] == served.online(rows[0])
            continue
        number = int(said["id"].removeprefix("event-"))
        assert said["prediction"] == served.online(rows[number % len(rows)])
        assert message.key().decode() == f"k{number % 31}" and said["model_version"] == "1"
    told = {headers_of(letter)["id"]: letter for letter in letters}
    for identity, value in bad.items():
        assert told[identity].value().decode() == value and headers_of(told[identity])["reason"]
    assert any("no value" in headers_of(letter)["reason"] for letter in letters)
    wait_until(lambda: stream.metric("martlet_stream_lag_events") == 0, "no lag")
    done = stream.stop()
    assert done["replied"] == 41 and done["dead_letters"] == 3
    # Another one of the group begins where the first has ended.
    fill(broker, stem, rows, 5, first=40)
    stream = launch(*ends(broker, stem))
    reader = Reader(broker, f"{stem}.out", PARTITIONS)
    reader.wait_for(46)
    assert stream.stop()["read"] == 5
    assert max(ids_of(reader.read()).values()) == 1


def test_killed_it_loses_nothing_and_repeats_a_batch_at_most(
    served: Served, broker: KafkaBroker, stem: str, launch: Launch
) -> None:
    count = 8_000
    fill(broker, stem, served.rows(), count)
    reader = Reader(broker, f"{stem}.out", PARTITIONS)
    for round in (1, 2):
        stream = launch(*ends(broker, stem), "--batch-max", str(BATCH))
        reader.wait_for(round * 1_000)
        stream.kill()
    stream = launch(*ends(broker, stem))
    wait_until(lambda: set(ids_of(reader.read())) == all_ids(count), "all replies")
    wait_until(lambda: stream.metric("martlet_stream_lag_events") == 0, "no lag")
    stream.stop()
    # What stands twice is known by its id, and is what was in hand when it was killed.
    assert len(reader.read()) - count <= 2 * BATCH
    by_id: dict[str, set[bytes]] = {}
    for message in reader.messages:
        by_id.setdefault(headers_of(message)["id"], set()).add(message.value())
    assert all(len(values) == 1 for values in by_id.values())


def test_killed_on_its_way_to_redis_it_doubles_nothing(
    served: Served, broker: KafkaBroker, stem: str, launch: Launch, tmp_path: Path
) -> None:
    count = 6_000
    server = RedisServer(tmp_path / "redis").start()
    keys = server.client()
    fill(broker, stem, served.rows(), count)
    words = ends(broker, stem)
    words[3] = server.url("out")
    stream = launch(*words, "--batch-max", str(BATCH))
    wait_until(lambda: keys.xlen("out") >= 1_500, "some replies")
    stream.kill()
    stream = launch(*words)
    wait_until(lambda: keys.xlen("out") >= count, "all replies")
    wait_until(lambda: stream.metric("martlet_stream_lag_events") == 0, "no lag")
    stream.stop()
    ids = Counter(fields["id"] for _, fields in keys.xrange("out"))
    assert set(ids) == all_ids(count) and max(ids.values()) == 1
    server.stop()


@pytest.mark.parametrize("seconds", [2, 9], ids=["for a moment", "for longer than a session"])
def test_a_broker_that_goes_away_and_returns(
    served: Served, stem: str, launch: Launch, seconds: int, tmp_path: Path
) -> None:
    broker = KafkaBroker.start()
    for end in ("in", "out", "dead"):
        broker.tell(f"topic {stem}.{end} {PARTITIONS}")
    count = 8_000
    fill(broker, stem, served.rows(), count)
    reader = Reader(broker, f"{stem}.out", PARTITIONS)
    stream = launch(*ends(broker, stem), "--batch-max", str(BATCH))
    reader.wait_for(1_000)
    said = len(stream.log.read_text())
    broker.tell("down")
    time.sleep(seconds)
    assert stream.process is not None and stream.process.poll() is None
    stream.hear("kafka://", after=said)
    broker.tell("up")
    wait_until(lambda: set(ids_of(reader.read())) == all_ids(count), "all replies")
    wait_until(lambda: stream.metric("martlet_stream_lag_events") == 0, "no lag")
    assert max(ids_of(reader.read()).values()) == 1
    stream.stop()
    broker.stop()


def test_two_share_a_group_and_one_leaves(served: Served, broker: KafkaBroker, stem: str, launch: Launch) -> None:
    count = 6_000
    streams = [launch(*ends(broker, stem), "--batch-max", str(BATCH)) for _ in range(2)]
    reader = Reader(broker, f"{stem}.out", PARTITIONS)

    def shared() -> bool:
        return all((stream.metric("martlet_stream_events_total") or 0) > 0 for stream in streams)

    filled, end = 0, time.monotonic() + SECONDS_MAX
    while not shared():
        assert time.monotonic() < end, "one of the two gets nothing"
        fill(broker, stem, served.rows(), 40, first=filled)
        filled += 40
        reader.wait_for(filled)
    fill(broker, stem, served.rows(), count, first=filled)
    wait_until(lambda: len(reader.read()) >= filled + 1_000, "some replies")
    streams[0].stop()
    wait_until(lambda: set(ids_of(reader.read())) == all_ids(filled + count), "all replies")
    wait_until(lambda: streams[1].metric("martlet_stream_lag_events") == 0, "no lag")
    streams[1].stop()
    assert max(ids_of(reader.read()).values()) == 1


def test_from_the_end_on_nothing_is_lost(served: Served, broker: KafkaBroker, stem: str, launch: Launch) -> None:
    fill(broker, stem, served.rows(), 40)
    words = ends(broker, stem)
    words[1] += "&start=latest"
    stream = launch(*words)
    wait_until(lambda: stream.metric("martlet_stream_lag_events") == 0, "no lag, for nothing before it counts")
    assert stream.stop()["read"] == 0
    # What comes while nobody reads is behind the place at which the first one has begun.
    fill(broker, stem, served.rows(), 40, first=40)
    stream = launch(*words)
    reader = Reader(broker, f"{stem}.out", PARTITIONS)
    reader.wait_for(40)
    assert stream.stop()["read"] == 40
    assert ids_of(reader.read()) == Counter(all_ids(80) - all_ids(40))


def test_partitions_that_were_paused_come_back(served: Served, stem: str, launch: Launch) -> None:
    """The first reads faster than it answers, so that its partitions are paused when the second one comes."""
    broker = KafkaBroker.start()
    for end in ("in", "out", "dead"):
        broker.tell(f"topic {stem}.{end} {PARTITIONS}")
    count = 20_000
    fill(broker, stem, served.rows(), count)
    broker.tell("rtt 60")
    streams = [launch(*ends(broker, stem), "--batch-max", str(BATCH))]
    reader = Reader(broker, f"{stem}.out", PARTITIONS)
    reader.wait_for(1)
    streams.append(launch(*ends(broker, stem), "--batch-max", str(BATCH)))
    wait_until(lambda: (streams[1].metric("martlet_stream_events_total") or 0) > 0, "a part for the second")
    assert len(reader.read()) < count - 4_096, "the first is not paused any more"
    streams[1].stop()
    broker.tell("rtt 0")
    wait_until(lambda: set(ids_of(reader.read())) == all_ids(count), "all replies")
    streams[0].stop()
    broker.stop()


@pytest.mark.parametrize("failures", [1, 40], ids=["of a batch", "of messages by themselves too"])
@pytest.mark.parametrize("error", [10, 87], ids=["too large", "an invalid record"])
def test_only_what_the_broker_never_takes_is_a_dead_letter(
    served: Served, broker: KafkaBroker, stem: str, launch: Launch, error: int, failures: int
) -> None:
    """The first failures are of batches, whose messages are then sent one by one."""
    count, produce = 500, 0
    fill(broker, stem, served.rows(), count)
    broker.tell(f"fail {produce} {error} {failures}")
    stream = launch(*ends(broker, stem))
    replies, letters = Reader(broker, f"{stem}.out", PARTITIONS), Reader(broker, f"{stem}.dead", PARTITIONS)
    wait_until(lambda: len(replies.read()) + len(letters.read()) >= count, "replies and dead letters")
    done = stream.stop()
    assert len(letters.messages) == done["dead_letters"] and done["replied"] == count - done["dead_letters"]
    # An event that came first, and alone, is a batch by itself.
    assert done["dead_letters"] <= 1 if failures == 1 else 0 < done["dead_letters"] < failures
    assert ids_of(replies.messages) + ids_of(letters.messages) == Counter(all_ids(count))
    assert all("can't be written" in headers_of(letter)["reason"] for letter in letters.messages)


@pytest.mark.parametrize("failures", [1, 60], ids=["of a batch", "of messages by themselves too"])
def test_in_transactions_only_what_is_never_taken_is_a_dead_letter(
    served: Served, broker: KafkaBroker, stem: str, launch: Launch, failures: int
) -> None:
    """The mock shows replies of the transaction that was called off, too."""
    count, produce, too_large = 500, 0, 10
    fill(broker, stem, served.rows(), count)
    broker.tell(f"fail {produce} {too_large} {failures}")
    stream = launch(*ends(broker, stem, transactional_id=stem))
    replies, letters = Reader(broker, f"{stem}.out", PARTITIONS), Reader(broker, f"{stem}.dead", PARTITIONS)
    wait_until(lambda: set(ids_of(replies.read())) | set(ids_of(letters.read())) == all_ids(count), "all of them")
    wait_until(lambda: stream.metric("martlet_stream_lag_events") == 0, "no lag")
    done = stream.stop()
    assert len(set(ids_of(letters.read()))) == done["dead_letters"] and done["replied"] == count - done["dead_letters"]
    # An event that came first, and alone, is a batch by itself.
    assert done["dead_letters"] <= 1 if failures == 1 else 0 < done["dead_letters"] < failures
    assert all("can't be written" in headers_of(letter)["reason"] for letter in letters.messages)


def test_transactions_write_all_there_is(served: Served, broker: KafkaBroker, stem: str, launch: Launch) -> None:
    """The mock takes transactions; it hides nothing of one that was called off, and keeps no place in the input."""
    count = 3_000
    fill(broker, stem, served.rows(), count)
    producer = broker.producer()
    producer.produce(f"{stem}.in", "torn", headers={"id": "torn"})
    assert producer.flush(30) == 0
    # The first two transactions meet them.
    end_transaction, loading = 26, 14
    broker.tell(f"fail {end_transaction} {loading} 2")
    stream = launch(*ends(broker, stem, transactional_id=stem), "--batch-max", str(BATCH))
    reader = Reader(broker, f"{stem}.out", PARTITIONS)
    wait_until(lambda: set(ids_of(reader.read())) == all_ids(count), "all replies")
    wait_until(lambda: stream.metric("martlet_stream_lag_events") == 0, "no lag")
    done = stream.stop()
    assert (done["replied"], done["dead_letters"], done["lost"]) == (count, 1, 0)
    assert max(ids_of(reader.read()).values()) == 1
    assert set(ids_of(Reader(broker, f"{stem}.dead", PARTITIONS).wait_for(1))) == {"torn"}
    elsewhere = [*ends(broker, stem, transactional_id=stem)[:4], "--dead-letters", "redis://127.0.0.1:1/0/dead"]
    refusal = CommandLine(served.server.url).refused(1, "stream", "--model", f"{served.model.name}/1", *elsewhere)
    assert "same Kafka servers" in refusal
