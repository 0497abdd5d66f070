"""A broker that speaks Kafka's protocol, for tests: librdkafka's mock cluster in a process of its own, on loopback.

usage: kafka_mock.py TOPIC:PARTITIONS …     prints the bootstrap servers on the first line, lives until its input closes
Commands on standard input, one a line, each answered with a line: "down", "up", "rtt MS", "topic NAME PARTITIONS",
"fail APIKEY ERROR COUNT".
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_void_p
from pathlib import Path

import confluent_kafka

BROKER = 1


def library() -> ctypes.CDLL:
    """The library inside the wheel, which exports the mock too."""
    folder = Path(confluent_kafka.__file__).parent.parent / "confluent_kafka.libs"
    (path,) = folder.glob("librdkafka-*.so*")
    kafka = ctypes.CDLL(str(path))
    kafka.rd_kafka_conf_new.restype = c_void_p
    kafka.rd_kafka_new.restype = c_void_p
    kafka.rd_kafka_new.argtypes = [c_int, c_void_p, c_char_p, c_size_t]
    kafka.rd_kafka_mock_cluster_new.restype = c_void_p
    kafka.rd_kafka_mock_cluster_new.argtypes = [c_void_p, c_int]
    kafka.rd_kafka_mock_cluster_bootstraps.restype = c_char_p
    kafka.rd_kafka_mock_cluster_bootstraps.argtypes = [c_void_p]
    kafka.rd_kafka_mock_topic_create.argtypes = [c_void_p, c_char_p, c_int, c_int]
    for name in ("down", "up"):
        getattr(kafka, f"rd_kafka_mock_broker_set_{name}").argtypes = [c_void_p, c_int]
    kafka.rd_kafka_mock_broker_set_rtt.argtypes = [c_void_p, c_int, c_int]
    kafka.rd_kafka_mock_push_request_errors_array.argtypes = [c_void_p, ctypes.c_int16, c_size_t, POINTER(c_int)]
    return kafka


def obey(kafka: ctypes.CDLL, cluster: int, line: str) -> int:
    words = line.split()
    if words == ["down"]:
        return int(kafka.rd_kafka_mock_broker_set_down(cluster, BROKER))
    if words == ["up"]:
        return int(kafka.rd_kafka_mock_broker_set_up(cluster, BROKER))
    if words[0] == "rtt":
        return int(kafka.rd_kafka_mock_broker_set_rtt(cluster, BROKER, int(words[1])))
    if words[0] == "topic":
        return int(kafka.rd_kafka_mock_topic_create(cluster, words[1].encode(), int(words[2]), 1))
    assert words[0] == "fail", line
    errors = (c_int * int(words[3]))(*[int(words[2])] * int(words[3]))
    kafka.rd_kafka_mock_push_request_errors_array(cluster, int(words[1]), len(errors), errors)
    return 0


def main() -> None:
    kafka = library()
    said = ctypes.create_string_buffer(256)
    # Its own client is of no use but to hold the cluster.
    client = kafka.rd_kafka_new(0, kafka.rd_kafka_conf_new(), said, len(said))
    assert client, said.value
    cluster = kafka.rd_kafka_mock_cluster_new(client, 1)
    for topic in sys.argv[1:]:
        name, partitions = topic.split(":")
        assert kafka.rd_kafka_mock_topic_create(cluster, name.encode(), int(partitions), 1) == 0
    print(kafka.rd_kafka_mock_cluster_bootstraps(cluster).decode(), flush=True)
    for line in sys.stdin:
        print(obey(kafka, cluster, line), flush=True)


if __name__ == "__main__":
    main()
