"""Runs the `martlet` binary as a person or a program would."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from martlet import binary, dies_with_us

SECONDS_MAX = 60
ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
SERVER_VARIABLES = ("MARTLET_URL", "MARTLET_TOKEN", "COLUMNS", "NO_COLOR")


def clean_environment(**more: str) -> dict[str, str]:
    """The tests' environment without what would name another server or user."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in SERVER_VARIABLES and not name.startswith("MLFLOW_TRACKING")
    }
    return {**kept, "TERM": "xterm", **more}


@dataclass(frozen=True)
class CommandLine:
    """The binary, asking the server at `url`."""

    url: str
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, folder: Path | None = None, answer: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [binary(), *words],
            capture_output=True,
            text=True,
            input=answer,
            timeout=SECONDS_MAX,
            cwd=folder,
            env=clean_environment(MARTLET_URL=self.url, **self.environment),
        )

    def text(self, *words: str, **options: Any) -> str:
        """What it prints, for a person, when all goes well."""
        ended = self.run(*words, **options)
        assert ended.returncode == 0, f"{words}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    def json(self, *words: str, **options: Any) -> Any:
        """The one JSON document that it prints for programs."""
        ended = self.run(*words, "--json", **options)
        assert ended.returncode == 0, f"{words}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        assert ended.stdout.count("\n") == 1, ended.stdout
        return json.loads(ended.stdout)

    def refused(self, code: int, *words: str, **options: Any) -> str:
        """What it says when it ends with `code`; nothing of it on standard output."""
        ended = self.run(*words, **options)
        assert ended.returncode == code, f"{words}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        assert ended.stdout == "", ended.stdout
        return ended.stderr

    def on_terminal(self, columns: int, *words: str, answer: str = "", code: int = 0, **environment: str) -> str:
        """What a person sees, whose terminal is `columns` wide, and who types `answer`; escapes included."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        everything = clean_environment(MARTLET_URL=self.url, **self.environment, **environment)
        process = subprocess.Popen(
            [binary(), *words], stdin=theirs, stdout=theirs, stderr=theirs, env=everything, preexec_fn=dies_with_us
        )
        os.close(theirs)
        os.write(ours, answer.encode())
        seen = b""
        try:
            while select.select([ours], [], [], SECONDS_MAX)[0] and (piece := os.read(ours, 65_536)):
                seen += piece
        except OSError:  # the other end is closed, as Linux tells it
            pass
        finally:
            os.close(ours)
        try:
            assert process.wait(SECONDS_MAX) == code, seen.decode()
        finally:
            process.kill()
        return seen.decode().replace("\r\n", "\n")


def plain(text: str) -> str:
    """The text without colours."""
    return ESCAPES.sub("", text)


def rows(text: str) -> list[list[str]]:
    """A printed table's rows, without its heading; cells have two blanks or more between them."""
    return [re.split(r"\s{2,}", line.strip()) for line in plain(text).splitlines()[1:]]
