"""The page about the command line: its examples run, and it names every command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

from command_line import CommandLine
from martlet import Martlet
from rest import Rest

PAGE = Path(__file__).resolve().parents[2] / "docs/command-line.md"


def test_the_examples_run_as_they_stand_there(launch: Callable[..., Martlet], folder: Path) -> None:
    server = launch().start()
    cli, rest = CommandLine(server.url), Rest(server.url)
    (block,) = re.findall(r"## A day's work.*?```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    run = ""
    for line in block.splitlines():
        command, *words = shlex.split(line.replace("$RUN", run))
        assert command == "martlet"
        cli.text(*words, folder=folder)
        if words[:2] == ["experiments", "create"]:
            run = rest.run(cli.json("experiments", "show", words[2])["experiment_id"])
    assert (folder / "copy/tables/run.csv").read_bytes() == (folder / "run.csv").read_bytes()
    assert server.stop() == 0


def test_every_command_is_named(folder: Path) -> None:
    page = PAGE.read_text()
    cli = CommandLine("http://127.0.0.1:1")
    nouns = subcommands(cli.text("--help"))
    assert {"experiments", "runs", "alerts"} <= set(nouns)
    for noun in nouns:
        # A noun without verbs is a command by itself.
        for verb in subcommands(cli.text(noun, "--help")) or [""]:
            row = rf"\| `{noun} [^\n]*\b{verb}\b" if verb else rf"\| `{noun} "
            assert re.search(row, page), f"{noun} {verb}"


def subcommands(help_text: str) -> list[str]:
    """What a help text lists below CLIENT SUBCOMMANDS, else below SUBCOMMANDS; nothing without either."""
    heading = "CLIENT SUBCOMMANDS:" if "CLIENT SUBCOMMANDS:" in help_text else "SUBCOMMANDS:"
    listed = help_text.partition(heading)[2].split("\n\n")[0]
    return re.findall(r"^  ([a-z]+)", listed, re.MULTILINE)
