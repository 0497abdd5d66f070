"""The command line as such: how it finds the server, who it says it is, what it prints, and how it ends."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from command_line import CommandLine, clean_environment, plain, rows
from martlet import Martlet, binary, free_port
from rest import Rest, fresh

COLD_START_SECONDS_MAX = 0.1


@pytest.fixture(scope="session")
def cli(server: Martlet) -> CommandLine:
    return CommandLine(server.url)


@contextmanager
def stand_in(status: int, body: bytes, seconds: float = 0) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that always answers the same; its address, and the headers that it was sent."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(dict(self.headers.items()))
            time.sleep(seconds)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    stub = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=stub.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{stub.server_port}", seen
    finally:
        stub.shutdown()
        thread.join()
        stub.server_close()


def test_the_option_wins_over_the_environment_and_ours_over_mlflows(server: Martlet) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    words = ["experiments", "list", "--json"]
    ways = [
        ([*words, "--server", server.url], {"MARTLET_URL": away}),
        (words, {"MARTLET_URL": server.url, "MLFLOW_TRACKING_URI": away}),
        (words, {"MLFLOW_TRACKING_URI": server.url + "/"}),
    ]
    for command, environment in ways:
        ended = subprocess.run([binary(), *command], capture_output=True, env=clean_environment(**environment))
        assert ended.returncode == 0, ended.stderr
        assert isinstance(json.loads(ended.stdout), list)


def test_a_server_that_is_away_ends_with_3_and_says_what_to_do() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    said = CommandLine(address).refused(3, "experiments", "list", "--json")
    assert address in said
    assert "martlet server" in said
    assert "--server" in said
    assert "refused" in said
    unknown = CommandLine("http://no-such-host.invalid:5000").refused(3, "runs", "list")
    assert "no-such-host.invalid" in unknown


def test_a_server_that_says_nothing_ends_with_3_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        said = CommandLine(address).refused(3, "experiments", "list", "--timeout", "1")
        assert time.monotonic() - started < 10
    assert "1 seconds" in said
    assert "--timeout" in said


def test_another_server_is_told_from_a_thing_that_is_not_there(cli: CommandLine) -> None:
    with stand_in(404, b"<html>not here</html>") as (address, _):
        assert "Is it a Martlet server?" in CommandLine(address).refused(1, "experiments", "list")
    with stand_in(200, b"<html>hello</html>") as (address, _):
        assert "Is it a Martlet server?" in CommandLine(address).refused(1, "experiments", "list")
    assert "no experiment 'nowhere'" in cli.refused(1, "experiments", "show", "nowhere")


def test_an_address_that_is_none_is_a_wrong_option() -> None:
    assert "sqlite:///x.db" in CommandLine("sqlite:///x.db").refused(2, "experiments", "list")


@pytest.mark.parametrize(
    ("environment", "header"),
    [
        ({"MARTLET_TOKEN": "ours", "MLFLOW_TRACKING_TOKEN": "theirs"}, "Bearer ours"),
        ({"MLFLOW_TRACKING_TOKEN": "theirs", "MLFLOW_TRACKING_USERNAME": "ann"}, "Bearer theirs"),
        ({"MLFLOW_TRACKING_USERNAME": "ann", "MLFLOW_TRACKING_PASSWORD": "pass"}, "Basic YW5uOnBhc3M="),
        (
            {
                "MLFLOW_TRACKING_TOKEN": "theirs",
                "MLFLOW_TRACKING_USERNAME": "ann",
                "MLFLOW_TRACKING_PASSWORD": "pass",
            },
            "Basic YW5uOnBhc3M=",
        ),
        ({}, None),
    ],
)
def test_it_logs_in_as_the_environment_says(environment: dict[str, str], header: str | None) -> None:
    with stand_in(200, b"{}") as (address, seen):
        assert CommandLine(address, environment).json("experiments", "list") == []
    lower = [{name.lower(): value for name, value in headers.items()} for headers in seen]
    assert [headers.get("authorization") for headers in lower] == [header]


def test_who_is_not_known_is_told_how_to_log_in() -> None:
    body = json.dumps({"error_code": "UNAUTHENTICATED", "message": "Who are you?"}).encode()
    with stand_in(401, body) as (address, _):
        said = CommandLine(address, {"MARTLET_TOKEN": "secret-word"}).refused(1, "models", "list")
    assert "Who are you?" in said
    assert "MARTLET_TOKEN" in said
    assert "secret-word" not in said


def test_a_table_fits_the_terminal_and_has_colours_only_there(cli: CommandLine, rest: Rest) -> None:
    name = fresh("a-name-that-is-long-" * 6)
    experiment = rest.experiment(name)
    words = ["experiments", "list", "--filter", f"name = '{name}'"]
    for columns in (80, 50, 200):
        seen = cli.on_terminal(columns, *words)
        assert "\x1b[1m" in seen
        assert max(len(line) for line in plain(seen).splitlines()) <= columns
        assert ("…" in seen) == (columns < len(name) + 40)
    assert "\x1b" not in cli.on_terminal(80, *words, NO_COLOR="1")
    piped = cli.text(*words)
    assert "\x1b" not in piped
    assert rows(piped)[0][:2] == [experiment, name]


def test_no_name_moves_the_cursor(cli: CommandLine, rest: Rest) -> None:
    experiment = rest.experiment()
    name = "\x1b[2Jgone\r\nline"
    body = {"experiment_id": experiment, "start_time": 1, "run_name": name}
    run = rest.post("/api/2.0/mlflow/runs/create", body)["run"]["info"]["run_id"]
    listed = cli.text("runs", "list", "--experiment", experiment)
    assert "\\u{1b}[2Jgone\\r\\nline" in listed
    assert "\x1b" not in listed + cli.text("runs", "show", run)
    assert cli.json("runs", "show", run)["info"]["run_name"] == name


def test_an_empty_list_is_an_empty_array_and_no_failure(cli: CommandLine, rest: Rest) -> None:
    experiment = rest.experiment()
    ended = cli.run("runs", "list", "--experiment", experiment)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "no such runs" in ended.stderr
    assert cli.json("runs", "list", "--experiment", experiment) == []


def test_a_reader_that_has_seen_enough_is_no_crash(cli: CommandLine, rest: Rest) -> None:
    rest.experiment()
    command = f"{binary()} experiments list --all | head -n 1"
    ended = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=clean_environment(MARTLET_URL=cli.url)
    )
    assert ended.stdout.startswith("ID")
    assert ended.stderr == ""


def test_help_has_examples_and_the_exit_codes(tmp_path: Path) -> None:
    nowhere = CommandLine("http://127.0.0.1:1")
    help_text = nowhere.text("--help")
    for word in ("Exit codes", "MARTLET_URL", "MLFLOW_TRACKING_URI", "MARTLET_TOKEN", "experiments", "endpoints"):
        assert word in help_text
    assert "Example: martlet runs compare" in nowhere.text("runs", "compare", "--help")
    assert "Exit codes" in nowhere.text("runs", "--help")


@pytest.mark.parametrize(
    "words",
    [
        "runs list --limit 0",
        "runs compare one",
        "experiments show",
        "nonsense",
        "server --port x",
        "doctor --no-such",
        "transitions list --state bogus",
        "alerts list --state bogus",
        "webhooks deliveries hook --state bogus",
        "server --artifacts-destination gs://bucket/x",
        "server --artifacts-destination s3://",
        "server --backend-store-uri mysql://host/db",
        "server --backend-store-uri sqlite://",
        "server --with-mlflow localhost:5000",
        "server --public-url nonsense",
        "token list --backend-store-uri mysql://host/db",
        "gc --backend-store-uri mysql://host/db",
        "import mlflow --from sqlite:///a.db --backend-store-uri mysql://host/db",
    ],
)
def test_wrong_options_end_with_2(words: str) -> None:
    said = CommandLine("http://127.0.0.1:1").refused(2, *words.split())
    assert "Usage: martlet" in said


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_completion_for_shells(shell: str) -> None:
    script = CommandLine("http://127.0.0.1:1").text("--generate-completion-script", shell)
    assert "archive-existing" in script


def test_it_starts_at_once() -> None:
    taken = []
    for _ in range(5):
        started = time.monotonic()
        CommandLine("http://127.0.0.1:1").text("--version")
        taken.append(time.monotonic() - started)
    # A debug build on a busy machine is slower than what is promised of the release build.
    assert min(taken) < COLD_START_SECONDS_MAX * 10
