"""Webhooks by the command line, told to a real receiver."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import pty
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command_line import CommandLine, clean_environment, rows
from martlet import DATABASES, Martlet, binary, dies_with_us, free_port, store_of
from receiver import Delivery, Receiver, receiver
from rest import Rest, fresh

SECRET = "schlüssel"
LOCAL = {"MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https", "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true"}
SECONDS_MAX = 20


@pytest.fixture(scope="module", params=DATABASES)
def local(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Martlet]:
    """A server that lets webhooks lead to this machine."""
    folder = tmp_path_factory.mktemp(f"webhook-commands-{request.param}")
    martlet = Martlet(folder, store_of(request.param), environment=LOCAL).start()
    yield martlet
    assert martlet.stop() == 0


@pytest.fixture
def cli(local: Martlet) -> CommandLine:
    return CommandLine(local.url)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def is_signed(delivery: Delivery, secret: str = SECRET) -> bool:
    headers = delivery.headers
    text = f"{headers['x-mlflow-delivery-id']}.{headers['x-mlflow-timestamp']}.{delivery.text}"
    code = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return headers.get("x-mlflow-signature") == "v1," + base64.b64encode(code).decode()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def read_until(terminal: int, word: bytes | None) -> bytes:
    """What comes up to `word`, or to the end; less when it takes too long."""
    deadline = time.monotonic() + SECONDS_MAX
    seen = b""
    try:
        while word is None or word not in seen:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([terminal], [], [], left)[0] or not (piece := os.read(terminal, 1024)):
                break
            seen += piece
    except OSError:  # the other end is closed, as Linux tells it
        pass
    return seen


def test_a_webhook_is_made_shown_changed_and_deleted(cli: CommandLine, hook: Receiver) -> None:
    name = fresh("hook")
    words = ["webhooks", "create", name, hook.url, "--event", "run.created", "--event", "experiment.created"]
    made = cli.json(*words, "--description", "tells the team")
    assert (made["name"], made["url"], made["description"]) == (name, hook.url, "tells the team")
    assert (made["events"], made["status"], made["signed"]) == (["experiment.created", "run.created"], "ACTIVE", False)
    id = made["id"]
    assert cli.json("webhooks", "show", name) == made == cli.json("webhooks", "show", id)
    row = next(row for row in rows(cli.text("webhooks", "list")) if row[0] == id)
    assert row == [id, name, "active", "experiment.created, run.created", "–", hook.url]
    shown = cli.text("webhooks", "show", name)
    for word in (id, hook.url, "active", "tells the team", "experiment.created, run.created"):
        assert word in shown
    changed = cli.json("webhooks", "update", name, "--pause", "--event", "*", "--description", "")
    assert (changed["status"], changed["events"], changed["description"]) == ("DISABLED", ["*"], "")
    assert changed["url"] == hook.url
    assert "paused" in cli.text("webhooks", "show", name)
    assert f"Changed webhook {id}" in cli.text("webhooks", "update", id, "--resume", "--name", name + ".new")
    assert "--yes" in cli.refused(2, "webhooks", "delete", id)
    assert "[y/N]" in cli.on_terminal(80, "webhooks", "delete", id, answer="n\n", code=1)
    assert cli.json("webhooks", "delete", name + ".new", "--yes") == {"id": id, "deleted": True}
    assert f"no webhook '{id}'" in cli.refused(1, "webhooks", "show", id)
    assert id not in {found["id"] for found in cli.json("webhooks", "list")}


def test_a_name_of_several_is_no_name(cli: CommandLine, hook: Receiver) -> None:
    name = fresh("twin")
    words = ["webhooks", "create", name, hook.url, "--event", "run.created"]
    ids = {cli.json(*words)["id"] for _ in range(2)}
    said = cli.refused(2, "webhooks", "delete", name, "--yes")
    assert all(id in said for id in ids)
    for id in ids:
        assert f"'{name}' is deleted" in cli.text("webhooks", "delete", id, "--yes")


def test_what_the_server_refuses_is_told(cli: CommandLine, hook: Receiver) -> None:
    create = ["webhooks", "create"]
    assert "must start and end" in cli.refused(1, *create, "a b", hook.url, "--event", "run.created")
    assert "scheme" in cli.refused(1, *create, "hook", "ftp://a.example", "--event", "run.created")
    assert "Valid actions are" in cli.refused(1, *create, "hook", hook.url, "--event", "run.exploded")
    names = [event["name"] for event in cli.json("webhooks", "events")]
    assert {"model_version.transitioned", "model_version_tag.set", "run.finished"} <= set(names)
    assert "budget_policy.exceeded" not in names
    assert ["model_version_tag.set", "MLflow"] in rows(cli.text("webhooks", "events"))


def test_a_secret_signs_and_is_never_printed(cli: CommandLine, local: Martlet, hook: Receiver, folder: Path) -> None:
    (folder / "hook.secret").write_text(SECRET + "\n")
    name = fresh("signed")
    words = ["webhooks", "create", name, hook.url, "--event", "experiment.created"]
    said = cli.run(*words, "--secret-file", "hook.secret", "--json", folder=folder)
    assert said.returncode == 0 and '"signed":true' in said.stdout
    everything = said.stdout + said.stderr + cli.text("webhooks", "show", name) + cli.text("webhooks", "list")
    rest = Rest(local.url)
    rest.experiment()
    assert is_signed(hook.wait(1)[0])
    assert cli.json("webhooks", "update", name, "--no-secret")["signed"] is False
    rest.experiment()
    assert "x-mlflow-signature" not in hook.wait(2)[1].headers
    everything += cli.text("webhooks", "update", name, "--secret-file", "-", answer="from a pipe\n")
    rest.experiment()
    assert is_signed(hook.wait(3)[2], "from a pipe")
    variable = CommandLine(local.url, {"HOOK_SECRET": "from a variable"})
    everything += variable.text("webhooks", "update", name, "--secret-variable", "HOOK_SECRET")
    rest.experiment()
    assert is_signed(hook.wait(4)[3], "from a variable")
    for secret in (SECRET, "from a pipe", "from a variable"):
        assert secret not in everything
    update = ["webhooks", "update", name]
    assert "no-such-file" in cli.refused(1, *update, "--secret-file", "no-such-file")
    assert "HOOK_SECRET" in cli.refused(2, *update, "--secret-variable", "HOOK_SECRET")
    assert "no secret" in cli.refused(2, *update, "--secret-file", "-", answer="\n")
    assert "Unknown option '--secret'" in cli.refused(2, *update, "--pause", "--secret", "word")
    cli.text("webhooks", "delete", name, "--yes")


def test_a_secret_that_is_typed_is_not_shown(cli: CommandLine, hook: Receiver) -> None:
    name = fresh("typed")
    words = ["webhooks", "create", name, hook.url, "--event", "run.created", "--secret-file", "-"]
    ours, theirs = pty.openpty()
    environment = clean_environment(MARTLET_URL=cli.url)
    process = subprocess.Popen(
        [binary(), *words], stdin=theirs, stdout=theirs, stderr=theirs, env=environment, preexec_fn=dies_with_us
    )
    os.close(theirs)
    try:
        seen = read_until(ours, b"Secret: ")
        assert b"Secret: " in seen, seen
        os.write(ours, b"typed word\n")
        seen += read_until(ours, None)
        assert process.wait(SECONDS_MAX) == 0, seen
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert b"Made webhook" in seen and b"typed word" not in seen
    assert cli.json("webhooks", "show", name)["signed"] is True
    cli.json("webhooks", "test", name)
    assert is_signed(hook.wait(1)[0], "typed word")
    cli.text("webhooks", "delete", name, "--yes")


def test_a_webhook_is_tried(cli: CommandLine, hook: Receiver) -> None:
    name = fresh("tried")
    cli.text("webhooks", "create", name, hook.url, "--event", "run.created", "--event", "model_version.created")
    assert "took it with HTTP 200: read" in cli.text("webhooks", "test", name)
    cli.text("webhooks", "test", name, "--event", "run.created")
    first, second = hook.wait(2)
    assert (first.body["entity"], first.body["data"]["name"]) == ("model_version", "example_model")
    assert second.body["entity"] == "run"
    hook.answers = [(404, {}), (404, {})]
    assert "refused it with HTTP 404" in cli.refused(1, "webhooks", "test", name)
    ended = cli.run("webhooks", "test", name, "--json")
    assert ended.returncode == 1
    assert '"success":false,"response_status":404' in ended.stdout
    cli.text("webhooks", "update", name, "--url", f"http://127.0.0.1:{free_port()}/")
    assert "did not take it" in cli.refused(1, "webhooks", "test", name)
    cli.text("webhooks", "delete", name, "--yes")


def test_deliveries_are_listed_and_sent_again(cli: CommandLine, local: Martlet, hook: Receiver) -> None:
    name, rest = fresh("told"), Rest(local.url)
    cli.text("webhooks", "create", name, hook.url, "--event", "experiment.created")
    assert "no such deliveries" in cli.run("webhooks", "deliveries", name).stderr
    hook.answers = [(410, {})]
    rest.experiment()
    hook.wait(1)
    until(lambda: cli.json("webhooks", "deliveries", name)[0]["state"] == "failed")
    rest.experiment()
    until(lambda: cli.json("webhooks", "deliveries", name)[0]["state"] == "delivered")
    both = cli.json("webhooks", "deliveries", name)
    assert [(found["state"], found["attempts"]) for found in both] == [("delivered", 1), ("failed", 1)]
    (failed,) = cli.json("webhooks", "deliveries", name, "--state", "failed")
    assert failed == both[1] and failed["error"] == "HTTP 410"
    row = rows(cli.text("webhooks", "deliveries", name, "--state", "failed"))[0]
    assert row[:5] == [failed["id"], "experiment.created", "failed", "1", "410"] and row[-1] == "HTTP 410"
    assert "delivered" in cli.text("webhooks", "show", name)
    assert next(row for row in rows(cli.text("webhooks", "list")) if row[1] == name)[4] == "delivered"
    limited = cli.run("webhooks", "deliveries", name, "--limit", "1")
    assert len(rows(limited.stdout)) == 1 and "Only the first 1" in limited.stderr
    said = cli.refused(2, "webhooks", "deliveries", name, "--state", "lost")
    assert all(word in said for word in ("pending", "delivered", "failed", "Usage: martlet"))
    assert "once more" in cli.text("webhooks", "retry", name, failed["id"])
    assert hook.wait(3)[2].headers["x-mlflow-delivery-id"] == failed["id"]
    assert "no delivery" in cli.refused(1, "webhooks", "retry", name, "nothing")
    cli.text("webhooks", "delete", name, "--yes")
