"""Makes the environment that a model asks for, unless it is there, and becomes the model's worker in it.

usage: martlet_environment.py ENVIRONMENTS WORKER SOCKET PARENT MODEL ANSWER_BYTES_MAX [warm]

An environment lies in ENVIRONMENTS, in a folder named by the digest of what it is made of: Python's release,
requirements.txt, and the model's files that it names or may name. It is whole when it has the file COMPLETE. Who uses
an environment holds a shared lock on it until its process ends; who makes or removes one holds it alone. The first
frame to the server says that it is there, or why not; what follows is the worker's. Standard library alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from martlet_worker import MESSAGE_MAX, Answer, Channel, end_with

REQUIREMENTS = "requirements.txt"
COMPLETE = "complete"
# What environments are called.
NAMES = "[0-9a-f]" * 32
UNUSED_SECONDS_MAX = 30 * 86_400
# What the installer goes by, often with passwords, and the model has no use for.
INSTALLERS = re.compile(r"(PIP_.*|(http|https|all|no)_proxy)", re.IGNORECASE)
# A line that names another file of requirements.
LISTED = re.compile(r"\s*(-r|-c|--requirement|--constraint)")
# What may stand before and behind a path in a word of requirements: option, name and scheme; extras or a marker.
AROUND_PATH = re.compile(r"^(--[a-z-]+=|-[a-z]|[\w.-]+@)?(file:)?|[\[;].*$")


class Unmakable(Exception):
    """Why there can be no such environment."""


def interpreter_for(model: Path) -> str:
    """A Python of the release, by its first two numbers, that the model was made with."""
    with contextlib.suppress(FileNotFoundError):
        wanted = re.search(r"^python:\s*['\"]?(\d+)\.(\d+)", (model / "python_env.yaml").read_text(), re.MULTILINE)
        if wanted and (int(wanted[1]), int(wanted[2])) != sys.version_info[:2]:
            name = f"python{wanted[1]}.{wanted[2]}"
            if found := shutil.which(name):
                return found
            raise Unmakable(f"it was made with Python {wanted[1]}.{wanted[2]}, and there is no {name} on the PATH")
    return sys.executable


def named_in(requirements: Path, model: Path) -> Iterator[tuple[Path, bool]]:
    """The files and folders of the model that `requirements` names, and whether they are requirements as well."""
    text = requirements.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ")
    for line in re.sub(r"(?m)(^|\s)#.*$", "", text).splitlines():
        for word in line.split():
            path = AROUND_PATH.sub("", word.strip("'\""))
            if not path or "://" in path or path.startswith("/"):
                continue
            # pip looks for some from where it runs, and for others from the file that names them.
            found = [Path(os.path.normpath(start / path)) for start in (model, requirements.parent)]
            inside = [file for file in found if file.is_relative_to(model)]
            if not inside:
                raise Unmakable(f"{requirements.relative_to(model)} names {path}, which is outside of the model")
            yield from ((file, LISTED.match(line) is not None) for file in inside if os.path.exists(file))


def files_named(model: Path) -> list[Path]:
    """The files of the model that its requirements name, also by way of one another."""
    lists, files = [model / REQUIREMENTS], set[Path]()
    # It grows on the way.
    for requirements in lists:
        for file, is_list in named_in(requirements, model):
            files.update(file.rglob("*") if file.is_dir() else [file])
            if is_list and file.is_file() and file not in lists:
                lists.append(file)
    return sorted(files)


def name_of(model: Path, python: str) -> str:
    """What an environment is called that is made of these files by this Python."""
    model = Path(os.path.abspath(model))
    usual = [model / REQUIREMENTS, model / "constraints.txt", *sorted((model / "wheels").rglob("*"))]
    files = [*usual, *(file for file in files_named(model) if file not in usual)]
    release = subprocess.run([python, "-c", "import sys; print(sys.version)"], capture_output=True, check=True)
    digest = hashlib.sha256(os.fsencode(os.path.realpath(python)) + b"\0" + release.stdout)
    for file in files:
        if file.is_file():
            digest.update(f"{file.relative_to(model)}\0{file.stat().st_size}\0".encode())
            with file.open("rb") as content:
                while part := content.read(1 << 20):
                    digest.update(part)
    return digest.hexdigest()[:32]


def run(command: list[str], folder: Path) -> None:
    """Runs a step of making an environment; what it prints is printed, its complaints are the reason if it fails."""
    said: deque[str] = deque(maxlen=200)
    us = os.getpid()
    with subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=lambda: end_with(us),
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            if line.strip():
                said.append(line.strip())
    if process.returncode != 0:
        errors = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR: ")]
        raise Unmakable("; ".join(errors) or (said[-1] if said else f"{command[0]} ended with {process.returncode}"))


def sync(folder: Path) -> None:
    """Has everything on the disk of a folder written, or, where the system has no such call, on all disks."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "syncfs"):
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if library.syncfs(descriptor) != 0:
            raise Unmakable(f"its folder can't be written to the disk: {os.strerror(ctypes.get_errno())}")
    finally:
        os.close(descriptor)


def make(folder: Path, model: Path, python: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        run([python, "-m", "venv", str(folder)], model)
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
        run([*pip, "-r", REQUIREMENTS], model)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    # Else a loss of power may leave the mark, and not what it marks. Other disks are not waited for.
    sync(folder)
    (folder / COMPLETE).touch()


@contextlib.contextmanager
def lock_of(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def remove_unused(environments: Path) -> None:
    """Removes what was used by nobody for a while and is not in use, and what is half made and made by nobody."""
    oldest = time.time() - UNUSED_SECONDS_MAX
    # Nothing else that somebody may keep in this folder has such a name.
    for folder in environments.glob(NAMES):
        # Who makes one holds its lock as well, and looks for the mark once more when it has it.
        with contextlib.suppress(OSError), lock_of(folder) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            complete = folder / COMPLETE
            if not complete.exists() or complete.stat().st_mtime < oldest:
                complete.unlink(missing_ok=True)
                shutil.rmtree(folder, ignore_errors=True)


def prepare(environments: Path, model: Path) -> Path:
    """The environment for `model`, which stays locked until this process ends."""
    if not (model / REQUIREMENTS).is_file():
        raise Unmakable(f"no {REQUIREMENTS} beside the model says what it holds")
    python = interpreter_for(model)
    environments.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = environments / name_of(model, python)
    lock = os.open(folder.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    while True:
        fcntl.flock(lock, fcntl.LOCK_SH)
        with contextlib.suppress(FileNotFoundError):
            os.utime(folder / COMPLETE)
            os.set_inheritable(lock, True)
            return folder
        try:
            # Waiting for it would be waiting for the end of a worker that has found the environment made meanwhile.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Nobody keeps others from making it while he waits to make it.
            fcntl.flock(lock, fcntl.LOCK_UN)
            time.sleep(random.uniform(0.01, 0.1))
            continue
        # Whoever had it alone before may have made it.
        if not (folder / COMPLETE).exists():
            make(folder, model, python)
            remove_unused(environments)


def main(environments: str, worker: str, descriptor: str, parent: str, model: str, *rest: str) -> None:
    end_with(int(parent))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = Channel(int(descriptor))
    try:
        folder = prepare(Path(environments), Path(model))
    except (Unmakable, OSError, subprocess.CalledProcessError) as error:
        channel.write(Answer({"environment": False, "message": str(error)[:MESSAGE_MAX]}, []))
        raise
    channel.write(Answer({"environment": True}, []))
    kept = {name: value for name, value in os.environ.items() if not INSTALLERS.fullmatch(name)}
    kept |= {"VIRTUAL_ENV": str(folder), "PATH": f"{folder / 'bin'}:{os.environ.get('PATH', os.defpath)}"}
    python = str(folder / "bin/python")
    os.set_inheritable(int(descriptor), True)
    os.execve(python, [python, worker, descriptor, parent, model, *rest], kept)


if __name__ == "__main__":
    main(*sys.argv[1:])
