"""Models in environments of their own: made by pip out of requirements.txt, kept, and shared by nobody who differs."""

from __future__ import annotations

import fcntl
import importlib
import os
import subprocess
import sys
import sysconfig
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cloudpickle
import mlflow
import pandas as pd
import pytest
from martlet import Martlet, binary
from mlflow.models import infer_signature
from pyfunc import DEPLOY, ENDPOINTS, processes
from rest import Rest, fresh

PROBE = "martlet-environment-probe"
# pip may make a few environments on a busy machine.
MAKING_SECONDS_MAX = 300
pytestmark = pytest.mark.timeout(2 * MAKING_SECONDS_MAX)

cloudpickle.register_pickle_by_value(sys.modules[__name__])


class Telling(mlflow.pyfunc.PythonModel):
    """Tells the release of the probe that it finds, where it runs, and what it sees of the installer."""

    def predict(self, context: Any, model_input: pd.DataFrame) -> pd.DataFrame:
        import martlet_environment_probe as probe

        told = {"release": probe.RELEASE, "prefix": sys.prefix, "links": os.environ.get("PIP_FIND_LINKS", "none")}
        return pd.DataFrame([told] * len(model_input))


def wheel(folder: Path, name: str, release: str, files: dict[str, str]) -> None:
    """Writes a wheel of pure Python (PEP 427)."""
    stem = f"{name.replace('-', '_')}-{release}"
    about = f"{stem}.dist-info"
    files = {
        **files,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {release}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{about}/RECORD"])
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        for path, text in {**files, f"{about}/RECORD": record}.items():
            archive.writestr(path, text)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """The index of the tests: two releases of the probe, and a package that lends what the tests have installed."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for release in ("1.0", "2.0"):
        wheel(folder, PROBE, release, {"martlet_environment_probe.py": f"RELEASE = '{release}'\n"})
    wheel(folder, "borrowed", "1.0", {"borrowed.pth": sysconfig.get_paths()["purelib"] + "\n"})
    return folder


@pytest.fixture
def isolated(tmp_path: Path, wheels: Path, launch: Callable[..., Martlet]) -> Martlet:
    """A server whose models have environments of their own."""
    environment = {
        "MARTLET_ENV_MANAGER": "virtualenv",
        "MARTLET_ENVIRONMENTS_DIR": str(tmp_path / "environments"),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
    }
    server = launch(environment=environment).start()
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    return server


def registered(wheels: Path, release: str) -> str:
    """A model that asks for a release of the probe; its name."""
    name = fresh("environment")
    rows = pd.DataFrame({"x": [1.0]})
    answers = pd.DataFrame({"release": ["1"], "prefix": ["/"], "links": ["none"]})
    mlflow.set_experiment(fresh("environments"))
    with mlflow.start_run():
        info = mlflow.pyfunc.log_model(
            name="m",
            python_model=Telling(),
            signature=infer_signature(rows, answers),
            registered_model_name=name,
            pip_requirements=[f"{PROBE}=={release}", "borrowed"],
        )
    # What MLflow asks for besides is lent.
    requirements = mlflow.pyfunc.get_model_dependencies(info.model_uri, format="pip")
    for line in Path(requirements).read_text().splitlines():
        package, _, wanted = line.partition("==")
        if wanted and package != PROBE:
            wheel(wheels, package, wanted, {})
    return name


def deploy(rest: Rest, name: str, **options: Any) -> None:
    wanted = {"model_name": name, "version": 1, **options}
    endpoint = rest.post(DEPLOY, wanted, timeout=MAKING_SECONDS_MAX)
    assert endpoint["state"] == "ready" and endpoint["runtime"] == "python", endpoint


def told(rest: Rest, name: str) -> dict[str, str]:
    answer = rest.post("/invocations", {"dataframe_records": [{"x": 1.0}]}, headers={"X-Martlet-Endpoint": name})
    return dict(answer["predictions"][0])


def await_loaded(rest: Rest, name: str) -> None:
    """Waits until the endpoint is back after the server's start."""
    deadline = time.monotonic() + MAKING_SECONDS_MAX
    while rest.get(f"{ENDPOINTS}/{name}")["state"] != "ready":
        assert time.monotonic() < deadline
        time.sleep(0.1)


def made(folder: Path) -> dict[str, int]:
    """The environments, and when each was made."""
    return {path.parent.name: path.stat().st_ino for path in folder.glob("*/complete")}


def test_each_model_has_the_packages_that_it_asks_for(tmp_path: Path, wheels: Path, isolated: Martlet) -> None:
    rest, folder = Rest(isolated.url), tmp_path / "environments"
    old, new = registered(wheels, "1.0"), registered(wheels, "2.0")
    deploy(rest, old)
    deploy(rest, new, replicas=2)
    for name, release in [(old, "1.0"), (new, "2.0")]:
        answer = told(rest, name)
        assert (answer["release"], answer["links"]) == (release, "none")
        assert Path(answer["prefix"]).parent == folder
    before = made(folder)
    assert len(before) == 2
    isolated.kill()
    isolated.start()
    await_loaded(rest, new)
    assert told(rest, new)["release"] == "2.0" and len(processes(rest, new)) == 2
    assert made(folder) == before, "what is there is not made again"


def test_what_was_left_half_made_is_made_anew(tmp_path: Path, wheels: Path, isolated: Martlet) -> None:
    rest, folder = Rest(isolated.url), tmp_path / "environments"
    name = registered(wheels, "1.0")
    deploy(rest, name)
    (environment,) = made(folder)
    assert rest.send("DELETE", f"{ENDPOINTS}/{name}").status_code == 200
    (folder / environment / "complete").unlink()
    (folder / environment / "bin/python").unlink()
    deploy(rest, name)
    assert told(rest, name)["release"] == "1.0"
    assert list(made(folder)) == [environment]


def test_what_nobody_makes_any_more_is_removed(tmp_path: Path, wheels: Path, isolated: Martlet) -> None:
    rest, folder = Rest(isolated.url), tmp_path / "environments"
    # As a making leaves it that is killed; and something of somebody else's.
    half, other = folder / ("0123456789abcdef" * 2), folder / "notes"
    for left in (half, other):
        (left / "bin").mkdir(parents=True)
        (left / "bin/python").touch()
    deploy(rest, registered(wheels, "1.0"))
    assert not half.exists() and other.is_dir()
    assert len(made(folder)) == 1


def test_what_can_not_be_had_is_refused_with_its_reason(tmp_path: Path, wheels: Path, isolated: Martlet) -> None:
    rest, folder = Rest(isolated.url), tmp_path / "environments"
    name = registered(wheels, "9.0")
    status, error = rest.refused("POST", DEPLOY, {"model_name": name, "version": 1}, timeout=MAKING_SECONDS_MAX)
    assert status == 400, error
    assert "its environment can't be made" in error["message"]
    assert f"No matching distribution found for {PROBE}==9.0" in error["message"]
    assert [path for path in folder.iterdir() if path.is_dir()] == []


def test_who_finds_it_made_while_he_waits_to_make_it_waits_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "Python/worker"))
    environment = importlib.import_module("martlet_environment")
    (tmp_path / "requirements.txt").touch()
    folder = tmp_path / environment.name_of(tmp_path, sys.executable)
    with environment.lock_of(folder) as other, ThreadPoolExecutor(1) as pool:
        # Another worker has it as one that may be used, and no one can have it alone until that worker ends.
        fcntl.flock(other, fcntl.LOCK_SH)
        prepared = pool.submit(environment.prepare, tmp_path, tmp_path)
        try:
            with pytest.raises(TimeoutError):
                prepared.result(timeout=1)
            folder.mkdir()
            (folder / environment.COMPLETE).touch()
            assert prepared.result(timeout=60) == folder
        finally:
            # The pool's end waits for its thread, which would else wait for this lock when the test has failed.
            fcntl.flock(other, fcntl.LOCK_UN)


def test_an_environment_is_named_by_all_that_its_requirements_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "Python/worker"))
    environment = importlib.import_module("martlet_environment")
    requirements = "numpy\n-r more/list.txt\n-e ./code/probe[all]  # not ../this\n--find-links=links\n"
    named = {
        "requirements.txt": requirements,
        "more/list.txt": "--constraint ../limits.txt\n-r ../requirements.txt\n",
        "limits.txt": "numpy<3\n",
        "code/probe/setup.py": "",
        "links/probe.whl": "",
    }
    others = {"more/notes.txt": "", "python_model.pkl": ""}
    for path, text in {**named, **others}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    names = [environment.name_of(tmp_path, sys.executable)]
    for path in [*others, *named]:
        (tmp_path / path).write_text((tmp_path / path).read_text() + "# another\n")
        names.append(environment.name_of(tmp_path, sys.executable))
    assert set(names[: len(others) + 1]) == {names[0]}
    assert len(set(names[len(others) :])) == len(named) + 1
    (tmp_path / "requirements.txt").write_text("-r ../list.txt\n")
    with pytest.raises(environment.Unmakable, match="outside of the model"):
        environment.name_of(tmp_path, sys.executable)


def test_the_manager_is_one_that_is_known(tmp_path: Path) -> None:
    command = [binary(), "server", "--data-dir", str(tmp_path / "data"), "--env-manager", "conda"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode in (2, 64) and "local or virtualenv" in done.stderr
