"""Who does something: tokens made on the command line, sent by MLflow's client and by others."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from command_line import rows
from martlet import DATABASES, Martlet, binary, store_of
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from rest import MLFLOW, Rest, fresh

SECONDS_MAX = 10
Launch = Callable[..., Martlet]


def token(server: Martlet, *words: str) -> subprocess.CompletedProcess[str]:
    where = ["--backend-store-uri", server.store] if server.store else ["--data-dir", str(server.folder / "data")]
    return subprocess.run([binary(), "token", *words, *where], capture_output=True, text=True, timeout=30)


def made(server: Martlet, user: str) -> str:
    """The secret of a new token."""
    ended = token(server, "create", "--user", user)
    assert ended.returncode == 0, ended.stderr
    (secret,) = ended.stdout.split()
    assert secret not in ended.stderr
    return secret


def actor_of(rest: Rest, name: str) -> str:
    """Who created the model `name`, once it is sealed."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        for activity in rest.get("/api/v1/activities", limit=1000)["activities"]:
            if (activity["action"], activity["subject_id"]) == ("registered_model.created", name):
                return activity["actor"]
        time.sleep(0.05)
    raise AssertionError(f"nobody created {name}")


@pytest.mark.parametrize("database", DATABASES)
def test_mlflows_client_acts_in_the_name_of_its_token(
    launch: Launch, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = launch(store=store_of(database)).start()
    rest, secret = Rest(server.url), made(server, "ada")
    names = [fresh("model") for _ in range(3)]
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", secret)
    MlflowClient(server.url, server.url).create_registered_model(names[0])
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", secret)
    MlflowClient(server.url, server.url).create_registered_model(names[1])
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", secret[:-1])
    with pytest.raises(MlflowException, match="wrong or was revoked"):
        MlflowClient(server.url, server.url).create_registered_model(fresh("never"))
    monkeypatch.delenv("MLFLOW_TRACKING_USERNAME")
    monkeypatch.delenv("MLFLOW_TRACKING_PASSWORD")
    MlflowClient(server.url, server.url).create_registered_model(names[2])
    assert [actor_of(rest, name) for name in names] == ["ada", "ada", "local"]
    assert server.stop() == 0


@pytest.mark.parametrize("database", DATABASES)
def test_a_revoked_token_is_refused_within_a_second(launch: Launch, database: str) -> None:
    server = launch(store=store_of(database)).start()
    headers = {"Authorization": f"Bearer {made(server, 'ada')}"}
    search = f"{server.url}{MLFLOW}/registered-models/search"
    assert requests.get(search, headers=headers, timeout=5).status_code == 200
    (listed,) = json.loads(token(server, "list", "--json").stdout)
    assert (listed["user"], listed["revoked_at"]) == ("ada", None)
    assert token(server, "revoke", listed["id"]).returncode == 0
    time.sleep(1.1)
    refused = requests.get(search, headers=headers, timeout=5)
    assert (refused.status_code, refused.json()["error_code"]) == (401, "UNAUTHENTICATED")
    assert "revoked" in token(server, "list").stdout
    assert rows(token(server, "list").stdout)[0][:3] == [listed["id"], "ada", "revoked"]
    assert server.stop() == 0


def test_predictions_do_not_go_around_the_check(rest: Rest) -> None:
    for path in ("/predict", "/predict/batch", "/invocations", "/endpoints/m/invocations", "/v2/models/m/infer"):
        for header in ("Bearer martlet_wrong", "Basic d3Jvbmc6d3Jvbmc="):
            headers = {"Authorization": header, "Content-Type": "application/json"}
            response = rest.send("POST", path, data="{}", headers=headers)
            assert response.status_code == 401, (path, header, response.text)
            assert response.headers["WWW-Authenticate"] == 'Basic realm="Martlet"'


def test_a_caller_is_told_who_he_is(launch: Launch) -> None:
    server = launch().start()
    rest, secret = Rest(server.url), made(server, "ada")
    assert rest.get("/api/v1/me") == {"name": "local", "has_token": False}
    rest.session.headers["Authorization"] = f"Bearer {secret}"
    assert rest.get("/api/v1/me") == {"name": "ada", "has_token": True}
    rest.session.headers["Authorization"] = "Bearer martlet_wrong"
    assert rest.refused("GET", "/api/v1/me")[0] == 401
    assert server.stop() == 0


def test_an_open_address_answers_users_only(launch: Launch) -> None:
    server = launch(options=["--host", "0.0.0.0"])
    assert "token create" in subprocess.run(server.command(), capture_output=True, text=True, timeout=30).stderr
    secret = made(server, "ada")
    server.start()
    search = f"{server.url}{MLFLOW}/registered-models/search"
    assert requests.get(search, timeout=5).status_code == 401
    assert requests.get(search, auth=("ada", secret), timeout=5).status_code == 200
    assert requests.get(search, auth=("bob", secret), timeout=5).status_code == 401
    assert requests.get(f"{server.url}/health", timeout=5).status_code == 200
    assert server.stop() == 0


@pytest.mark.parametrize("name", ["", "local", "a b"])
def test_a_name_that_cannot_be_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "data").mkdir()
    ended = token(Martlet(tmp_path), "create", "--user", name)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert len(ended.stderr.strip().splitlines()) == 1
    assert not any(part in ended.stderr for part in ("SQL", os.fspath(tmp_path)))


def test_an_unknown_token_cannot_be_revoked(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    ended = token(Martlet(tmp_path), "revoke", "nothing")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "nothing" in ended.stderr


@pytest.mark.parametrize("words", [["create", "--user", "ada"], ["list"], ["revoke", "nothing"]])
def test_a_folder_of_no_server_is_not_made(tmp_path: Path, words: list[str]) -> None:
    ended = token(Martlet(tmp_path), *words)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "There is no data folder" in ended.stderr
    assert not (tmp_path / "data").exists()


def test_no_tokens_are_an_empty_list(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    ended = token(Martlet(tmp_path), "list")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "token create" in ended.stderr
    assert token(Martlet(tmp_path), "list", "--json").stdout == "[]\n"
