"""`martlet stream` between Redis streams: the same numbers as online, nothing lost, nothing doubled."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from command_line import CommandLine
from mlflow.tracking import MlflowClient
from models import by_files, column_signature, register, regressor_graph
from pyfunc import registered
from rest import fresh
from streams import Launch, RedisServer, Served, launching, serving, wait_until

GROUP = "answers"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture(scope="module")
def server_of_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.stop()


@pytest.fixture
def keys(server_of_redis: RedisServer) -> redis.Redis:
    return server_of_redis.client()


@pytest.fixture
def launch(served: Served, tmp_path: Path) -> Iterator[Launch]:
    yield from launching(served, tmp_path)


def ends(server: RedisServer, stem: str, **options: Any) -> list[str]:
    source = server.url(f"{stem}:in", group=GROUP, **options)
    return ["--in", source, "--out", server.url(f"{stem}:out"), "--dead-letters", server.url(f"{stem}:dead")]


def fill(keys: redis.Redis, stem: str, rows: list[dict[str, Any]], count: int, first: int = 0) -> None:
    pipe = keys.pipeline(transaction=False)
    for number in range(first, first + count):
        row = rows[number % len(rows)]
        pipe.xadd(f"{stem}:in", {"id": f"event-{number}", "key": f"k{number % 7}", "value": json.dumps(row)})
    pipe.execute()


def wait_for(keys: redis.Redis, stream: str, count: int) -> None:
    wait_until(lambda: keys.xlen(stream) >= count, f"{count} entries in {stream}")


def consumers(keys: redis.Redis, stem: str) -> int:
    try:
        return len(keys.xinfo_consumers(f"{stem}:in", GROUP))
    except redis.ResponseError:
        # Nobody has made the stream yet.
        return 0


def check_all_once(keys: redis.Redis, stem: str, count: int) -> None:
    ids = [fields["id"] for _, fields in keys.xrange(f"{stem}:out")]
    assert len(ids) == count and set(ids) == {f"event-{number}" for number in range(count)}
    pending: Any = keys.xpending(f"{stem}:in", GROUP)
    assert pending["pending"] == 0


def test_replies_are_what_the_endpoint_answers(
    served: Served, server_of_redis: RedisServer, keys: redis.Redis, launch: Launch
) -> None:
    rows, stem = served.rows(), fresh("plain")
    stream = launch(*ends(server_of_redis, stem))
    keys.xadd(f"{stem}:in", {"value": json.dumps(rows[0])})
    forms: list[Any] = [
        rows[1],
        list(rows[2].values()),
        {"inputs": rows[3]},
        {"inputs": [rows[4], rows[5]]},
        {"dataframe_records": [rows[6]]},
        {"instances": [rows[7], rows[8]]},
        {"inputs": [{"name": "X", "datatype": "FP32", "shape": [1, 4], "data": list(rows[9].values())}]},
        {**rows[10], "customer": "c-17", "at": "2026-01-01"},
    ]
    for number, form in enumerate(forms):
        keys.xadd(f"{stem}:in", {"id": f"form-{number}", "key": f"k{number}", "value": json.dumps(form)})
    wait_until(lambda: keys.xlen(f"{stem}:out") == 1 + len(forms), "all replies")
    replies = [fields for _, fields in keys.xrange(f"{stem}:out")]
    (first, _), *_ = keys.xrange(f"{stem}:in")
    said = json.loads(replies[0]["value"])
    assert replies[0]["id"] == said["id"] == f"{stem}:in/{first}" == replies[0]["origin"]
    assert said["model_name"] == served.model.name and said["model_version"] == "1" and "key" not in replies[0]
    assert said["prediction"] == served.online(rows[0])
    by_id = {fields["id"]: fields for fields in replies[1:]}
    for number, asked in enumerate([[1], [2], [3], [4, 5], [6], [7, 8], [9], [10]]):
        fields = by_id[f"form-{number}"]
        said = json.loads(fields["value"])
        if "prediction" in said:
            assert [said["prediction"]] == [served.online(rows[row]) for row in asked]
        else:
            assert said["predictions"] == served.online_many([rows[row] for row in asked])
        assert fields["key"] == f"k{number}" and fields["model"] == f"{served.model.name}/1"
    wait_until(lambda: stream.metric("martlet_stream_lag_events") == 0, "no lag")
    assert stream.metric("martlet_stream_replies_total") == 9
    assert stream.metric("martlet_stream_latency_seconds_count") == 9
    done = stream.stop()
    assert done["replied"] == 9 and done["dead_letters"] == 0 and done["lag"][0]["events"] == 0
    # It has left the group, and a marker stays for a minute at most.
    assert keys.xinfo_consumers(f"{stem}:in", GROUP) == []
    assert all(0 < keys.pttl(name) <= 60_000 for name in keys.scan_iter(f"martlet:written:{{{stem}:out}}:*"))


def test_what_cannot_be_answered_is_a_dead_letter(
    served: Served, server_of_redis: RedisServer, keys: redis.Redis, launch: Launch
) -> None:
    rows, stem, name = served.rows(), fresh("bad"), served.model.name
    contract = f"/api/v1/mlflow/serving/endpoints/{name}/contract"
    assert served.rest.send("PUT", contract, json={"inputs": {"age": {"max": 100}}}).status_code == 200
    bad = {
        "torn": ('{"length": 1', "BAD_REQUEST", "JSON"),
        "short": ('{"length": 1}', "INVALID_PARAMETER_VALUE", '"width"'),
        "text": (json.dumps({**rows[0], "age": "old"}), "INVALID_PARAMETER_VALUE", "expected a number"),
        "breach": (json.dumps({**rows[0], "age": 101}), "INVALID_PARAMETER_VALUE", '"age"'),
        "number": ("7", "BAD_REQUEST", "a row"),
    }
    for number, (identity, (value, _, _)) in enumerate(bad.items()):
        keys.xadd(f"{stem}:in", {"id": f"good-{number}", "value": json.dumps(rows[number])})
        keys.xadd(f"{stem}:in", {"id": identity, "key": "k", "value": value})
    keys.xadd(f"{stem}:in", {"other": "x"})
    stream = launch(*ends(server_of_redis, stem), "--endpoint", name)
    wait_until(lambda: keys.xlen(f"{stem}:dead") == len(bad) + 1, "all dead letters")
    wait_until(lambda: keys.xlen(f"{stem}:out") == len(bad), "all replies")
    letters = {fields["id"]: fields for _, fields in keys.xrange(f"{stem}:dead")}
    places = {fields.get("id"): entry for entry, fields in keys.xrange(f"{stem}:in")}
    for identity, (value, code, reason) in bad.items():
        letter = letters[identity]
        assert letter["value"] == value and letter["key"] == "k" and letter["code"] == code
        assert reason in letter["reason"] and letter["origin"] == f"{stem}:in/{places[identity]}"
    bare = letters[f"{stem}:in/{places[None]}"]
    assert "no field 'value'" in bare["reason"] and json.loads(bare["value"]) == {"other": "x"}
    for number, (_, fields) in enumerate(keys.xrange(f"{stem}:out")):
        assert json.loads(fields["value"])["prediction"] == served.online(rows[number])
    done = stream.stop()
    assert (done["replied"], done["dead_letters"]) == (len(bad), len(bad) + 1)
    assert served.rest.send("DELETE", contract).status_code == 200


def test_killed_again_and_again_it_loses_and_doubles_nothing(
    served: Served, server_of_redis: RedisServer, keys: redis.Redis, launch: Launch
) -> None:
    stem, count, seed = fresh("killed"), 12_000, random.randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    fill(keys, stem, served.rows(), count)
    words = ends(server_of_redis, stem, claim_idle_ms=300)
    for number in range(1, 5):
        # Every other one finds its own again, the others take over what the dead have left.
        named = [words[0], words[1] + "&consumer=steady", *words[2:]] if number % 2 else words
        stream = launch(*named, "--batch-max", "64")
        wait_for(keys, f"{stem}:out", number * 1_500 + draw.randrange(500))
        stream.kill()
    stream = launch(*words)
    wait_for(keys, f"{stem}:out", count)
    wait_until(lambda: stream.metric("martlet_stream_lag_events") == 0, "no lag")
    stream.stop()
    check_all_once(keys, stem, count)


def test_a_server_that_goes_away_and_returns(served: Served, launch: Launch, tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", password="s3cr3t/word").start()
    server.password = "s3cr3t%2Fword"
    words = ends(server, "away")
    server.password = "s3cr3t/word"
    keys = server.client()
    filled = 2_000
    fill(keys, "away", served.rows(), filled)
    stream = launch(*words, "--batch-max", "32")
    for _ in range(2):
        answered = keys.xlen("away:out")
        fill(keys, "away", served.rows(), 500, first=filled)
        filled += 500
        wait_for(keys, "away:out", answered + 1)
        said = len(stream.log.read_text())
        server.stop()
        stream.hear("Redis at", after=said)
        server.start()
        keys = server.client()
    fill(keys, "away", served.rows(), 1_000, first=filled)
    wait_for(keys, "away:out", 4_000)
    wait_until(lambda: stream.metric("martlet_stream_lag_events") == 0, "no lag")
    stream.stop()
    check_all_once(keys, "away", 4_000)
    assert "s3cr3t" not in stream.log.read_text()
    server.stop()


def test_two_share_a_group(served: Served, server_of_redis: RedisServer, keys: redis.Redis, launch: Launch) -> None:
    stem, count = fresh("shared"), 6_000
    streams = [launch(*ends(server_of_redis, stem), "--batch-max", "50") for _ in range(2)]
    wait_until(lambda: consumers(keys, stem) == 2, "both in the group")
    fill(keys, stem, served.rows(), count)
    wait_for(keys, f"{stem}:out", count)
    done = [stream.stop() for stream in streams]
    assert all(one["read"] > 0 for one in done) and sum(one["replied"] for one in done) == count
    check_all_once(keys, stem, count)


def test_the_version_follows_its_alias(
    served: Served, server_of_redis: RedisServer, keys: redis.Redis, launch: Launch
) -> None:
    stem = fresh("follows")
    stream = launch(*ends(server_of_redis, stem), "--follow", "1")
    fill(keys, stem, served.rows(), 1)
    wait_until(lambda: keys.xlen(f"{stem}:out") == 1, "a reply")
    client = MlflowClient(served.server.url)
    name, version = by_files(client, b"no model")
    broken = client.copy_model_version(f"models:/{name}/{version}", served.model.name)
    client.set_registered_model_alias(served.model.name, "champion", broken.version)
    wait_until(lambda: "The version stays" in stream.log.read_text(), "what can't be loaded")
    graph = regressor_graph(seed=7)
    newer = register(client, graph, column_signature(graph), name=served.model.name)
    client.set_registered_model_alias(newer.name, "champion", newer.version)
    wait_until(lambda: "answers from here on" in stream.log.read_text(), "the change")
    fill(keys, stem, served.rows(), 1, first=1)
    wait_until(lambda: keys.xlen(f"{stem}:out") == 2, "another reply")
    stream.stop()
    client.set_registered_model_alias(newer.name, "champion", served.model.version)
    replies = [json.loads(fields["value"]) for _, fields in keys.xrange(f"{stem}:out")]
    assert [reply["model_version"] for reply in replies] == ["1", newer.version]
    (truth,) = newer.truth(served.model.rows.iloc[1:2]).values()
    assert replies[1]["prediction"] == pytest.approx(float(truth.ravel()[0]), rel=1e-6)


def test_a_model_of_python_answers_more_than_may_wait_for_it(
    served: Served, server_of_redis: RedisServer, keys: redis.Redis, launch: Launch
) -> None:
    stem, count = fresh("python"), 900
    name, _ = registered("sklearn")
    fill(keys, stem, served.rows(), count)
    stream = launch(*ends(server_of_redis, stem), "--model", f"{name}/1", "--batch-max", "1000")
    wait_for(keys, f"{stem}:out", count)
    done = stream.stop()
    assert (done["replied"], done["dead_letters"], done["retries"]) == (count, 0, 0)
    check_all_once(keys, stem, count)


def test_what_was_trimmed_hides_nothing_behind_it(
    served: Served, server_of_redis: RedisServer, keys: redis.Redis, launch: Launch
) -> None:
    stem, count, gone = fresh("trimmed"), 20, 8
    fill(keys, stem, served.rows(), count)
    keys.xgroup_create(f"{stem}:in", GROUP, "0")
    keys.xreadgroup(GROUP, "steady", {f"{stem}:in": ">"}, count=count)
    keys.xtrim(f"{stem}:in", maxlen=count - gone, approximate=False)
    stream = launch(*ends(server_of_redis, stem, consumer="steady"), "--batch-max", str(gone))
    # Soon: after a minute the consumer would take over what it has left itself.
    wait_until(lambda: keys.xlen(f"{stem}:out") == count - gone, "what is left", 20)
    stream.stop()
    pending: Any = keys.xpending(f"{stem}:in", GROUP)
    assert pending["pending"] == 0


def test_the_output_keeps_a_length(
    served: Served, server_of_redis: RedisServer, keys: redis.Redis, launch: Launch
) -> None:
    stem = fresh("long")
    words = ends(server_of_redis, stem)
    words[3] += "?maxlen=500&field=reply"
    fill(keys, stem, served.rows(), 3_000)
    stream = launch(*words)
    wait_until(lambda: stream.metric("martlet_stream_replies_total") == 3_000, "all replies")
    stream.stop()
    assert keys.xlen(f"{stem}:out") < 700
    assert "prediction" in json.loads(keys.xrevrange(f"{stem}:out", count=1)[0][1]["reply"])


def test_a_refused_login_does_not_show_the_password(served: Served, tmp_path: Path) -> None:
    """A server that does not know AUTH repeats what stood behind it."""
    server = RedisServer(tmp_path / "redis", options=["--rename-command", "AUTH", "LOGIN"]).start()
    server.password = "hush-hush"
    model = ["--model", f"{served.model.name}@champion"]
    refusal = CommandLine(served.server.url).refused(1, "stream", *model, *ends(server, "none"))
    assert "login" in refusal and "hush" not in refusal, refusal
    server.stop()


def test_what_makes_no_sense_is_refused(served: Served, server_of_redis: RedisServer, keys: redis.Redis) -> None:
    cli = CommandLine(served.server.url)
    words = ends(server_of_redis, "none")
    model = ["--model", f"{served.model.name}@champion"]
    source = "redis://:hush-hush@127.0.0.1:1/0/s"
    for url, said in [
        (source, "needs a group"),
        (source + "?group=g&depth=3", "no option 'depth'"),
        (source + "?group=g&claim_idle_ms=soon", "whole number"),
        ("rediss://:hush-hush@127.0.0.1/0/s?group=g", "TLS"),
        ("amqp://:hush-hush@127.0.0.1/q?group=g", "kafka://"),
    ]:
        refusal = cli.refused(2, "stream", *model, "--in", url, *words[2:])
        assert said in refusal and "hush" not in refusal, refusal
    assert "Either" in cli.refused(2, "stream", *words)
    assert "can't be written" in cli.refused(
        2, "stream", *model, *words[:2], "--out", words[1].split("?")[0], *words[4:]
    )
    topics = ["--in", "kafka://a,b/t?group=g", "--out", "kafka://b/u", "--dead-letters", "kafka://a/d"]
    same = [*topics[:3], "kafka://b/t", *topics[4:]]
    assert "can't be written" in cli.refused(2, "stream", *model, *same)
    alone = [*topics[:5], "kafka://a/d?transactional_id=x"]
    assert "take part in its transactions" in cli.refused(2, "stream", *model, *alone)
    assert "not found" in cli.refused(1, "stream", "--model", f"{served.model.name}/77", *words)
    keys.set("text", "no stream")
    wrong = server_of_redis.url("text", group=GROUP)
    assert "WRONGTYPE" in cli.refused(1, "stream", *model, "--in", wrong, *words[2:])
