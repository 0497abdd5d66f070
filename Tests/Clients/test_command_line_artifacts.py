"""The files of runs by the command line."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from command_line import CommandLine, plain, rows
from martlet import Martlet
from mlflow.tracking import MlflowClient
from rest import fresh

TREE = {"a.txt": b"hello", "empty.bin": b"", "deep/er/größe 100%.bin": random.Random(1).randbytes(70_000)}


@pytest.fixture(scope="session")
def cli(server: Martlet) -> CommandLine:
    return CommandLine(server.url)


@pytest.fixture
def run(client: MlflowClient) -> str:
    return client.create_run(client.create_experiment(fresh("files"))).info.run_id


@pytest.fixture
def tree(folder: Path) -> Path:
    for name, content in TREE.items():
        (folder / "up" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "up" / name).write_bytes(content)
    return folder / "up"


def read(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_goes_up_is_listed_and_comes_down_the_same(
    cli: CommandLine, run: str, tree: Path, folder: Path
) -> None:
    uploaded = cli.json("artifacts", "upload", run, str(tree), "--to", "tree/")
    assert {file["path"]: file["file_size"] for file in uploaded} == {
        f"tree/{name}": len(content) for name, content in TREE.items()
    }
    assert {file["path"]: file["is_dir"] for file in cli.json("artifacts", "list", run, "tree")} == {
        "tree/a.txt": False,
        "tree/empty.bin": False,
        "tree/deep": True,
    }
    files = cli.json("artifacts", "list", run, "--recursive")
    assert {file["path"] for file in files} == {f"tree/{name}" for name in TREE}
    assert ["70.0 kB", "tree/deep/er/größe 100%.bin"] in rows(cli.text("artifacts", "list", run, "-r"))
    cli.text("artifacts", "download", run, "--to", str(folder / "all"))
    assert read(folder / "all") == {f"tree/{name}": content for name, content in TREE.items()}
    cli.text("artifacts", "download", run, "tree/deep", "--to", str(folder / "part"))
    assert read(folder / "part") == {name: content for name, content in TREE.items() if name.startswith("deep/")}
    done = cli.json("artifacts", "download", run, "tree/a.txt", folder=folder)
    assert [Path(file["file"]).name for file in done] == ["a.txt"]
    assert (folder / "a.txt").read_bytes() == b"hello"


def test_a_large_file_is_streamed_both_ways_with_progress(cli: CommandLine, run: str, folder: Path) -> None:
    content = random.Random(2).randbytes(40_000_000)
    (folder / "large.bin").write_bytes(content)
    seen = cli.on_terminal(100, "artifacts", "upload", run, str(folder / "large.bin"))
    assert "of 40.0 MB" in seen
    assert plain(seen).splitlines()[-1].endswith(f"Uploaded 1 file, 40.0 MB, to run {run}.")
    (folder / "down").mkdir()
    (folder / "down/large.bin").write_text("what was there before")
    seen = cli.on_terminal(100, "artifacts", "download", run, "--to", str(folder / "down"))
    assert "of 40.0 MB" in seen
    narrow = cli.on_terminal(30, "artifacts", "download", run, "--to", str(folder / "down"))
    assert "of 40.0 MB  l" in narrow
    assert all(len(line) < 30 for line in plain(narrow).split("\r")[:-1])
    assert hashlib.sha256((folder / "down/large.bin").read_bytes()).digest() == hashlib.sha256(content).digest()
    assert [child.name for child in (folder / "down").iterdir()] == ["large.bin"]
    silent = cli.run("artifacts", "download", run, "--to", str(folder / "down"), "--json")
    assert silent.stderr == ""


def test_what_is_deleted_is_gone(cli: CommandLine, client: MlflowClient, run: str) -> None:
    client.log_text(run, "x", "notes/x.txt")
    client.log_text(run, "y", "notes/y.txt")
    assert "--yes" in cli.refused(2, "artifacts", "delete", run, "notes/x.txt")
    for everything in ("", "/", ".", "./", "/./."):
        assert "all at once can't be deleted" in cli.refused(2, "artifacts", "delete", run, everything, "--yes")
    cli.text("artifacts", "delete", run, "notes/x.txt", "--yes")
    assert [file.path for file in client.list_artifacts(run, "notes")] == ["notes/y.txt"]
    for nothing in ("notes/x.txt", "nowhere", "notes/y.txt/z"):
        assert f"no artifact '{nothing}'" in cli.refused(1, "artifacts", "delete", run, nothing, "--yes")
    cli.text("artifacts", "delete", run, "notes", "--yes")
    assert client.list_artifacts(run) == []


def test_a_file_that_the_server_refuses_is_named(cli: CommandLine, run: str, folder: Path) -> None:
    (folder / "good.txt").write_text("good")
    (folder / "to\nwn.txt").write_text("bad")
    said = cli.refused(1, "artifacts", "upload", run, str(folder))
    assert "wn.txt' can't be uploaded: Invalid path" in said


def test_what_is_not_there_is_not_found(cli: CommandLine, client: MlflowClient, run: str, folder: Path) -> None:
    client.log_text(run, "x", "x.txt")
    for words in (["list"], ["download"]):
        assert "nowhere" in cli.refused(1, "artifacts", *words, run, "nowhere/at/all.txt", folder=folder)
    assert cli.json("artifacts", "list", run, "x.txt")[0]["path"] == "x.txt"
    assert cli.refused(1, "artifacts", "list", "0" * 32)
    assert "nothing-here" in cli.refused(1, "artifacts", "upload", run, str(folder / "nothing-here"))
    (folder / "file").write_text("not a folder")
    said = cli.refused(1, "artifacts", "download", run, "x.txt", "--to", str(folder / "file"))
    assert said == f"martlet: {folder}/file can't be made: File exists.\n"
