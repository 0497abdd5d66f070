"""The demo's five steps, told as they happen."""

from __future__ import annotations

import mlflow
from mlflow.tracking import MlflowClient

from . import breast_cancer, monitoring, promotion, serving, terminal, training, volatility
from .api import JSON, Server
from .training import Version
from .usecase import UseCase

COMPARED_ROWS = 16
SHOWN_COLUMNS = 4


class Story:
    """Two use cases from data to alert, on one server."""

    def __init__(self, url: str) -> None:
        mlflow.set_tracking_uri(url)
        mlflow.set_registry_uri(url)
        self.server = Server(url)
        self.client = MlflowClient(url)
        self.cancer = breast_cancer.use_case()
        self.volatility = volatility.use_case()
        self.versions: dict[str, list[Version]] = {}
        # What there is to see, and its path on the server.
        self.places: list[tuple[str, str]] = []

    @property
    def cases(self) -> list[UseCase]:
        return [self.cancer, self.volatility]

    def tell(self) -> None:
        terminal.step(1, "Train on real data, record it, register two versions of each model")
        for case in self.cases:
            self.train(case)
        terminal.step(2, "Promote the better version: None → Staging → Production")
        for case in self.cases:
            self.promote(case)
        terminal.step(3, "Deploy it, and ask it in five protocols")
        for case in self.cases:
            self.serve(case)
        terminal.step(4, "Watch its traffic")
        self.watch()
        terminal.step(5, "Where to look")
        self.look_around()

    def train(self, case: UseCase) -> None:
        parts = (case.split.train, case.split.validation, case.split.test)
        rows = " + ".join(f"{len(part.features):,}" for part in parts)
        terminal.fact(f"{terminal.bold(case.experiment)}: {case.task}")
        terminal.fact(terminal.dim(f"{case.source}; {rows} rows to train, validate and test"))
        there = training.registered(self.client, case)
        self.versions[case.model] = []
        for candidate in case.candidates:
            version = there.get(candidate.name)
            if version:
                terminal.done(f"version {version.number}  {candidate.name:20} was there already")
            else:
                with terminal.doing(f"training {candidate.name}"):
                    version = training.train(self.client, case, candidate)
                score = f"{case.deciding_metric} {version.deciding:.4f}"
                terminal.done(f"version {version.number}  {candidate.name:20} {version.steps:3} steps   {score}")
            self.versions[case.model].append(version)
        experiment = self.client.get_experiment_by_name(case.experiment)
        place = f"/experiments/{experiment.experiment_id}"
        self.places.append((f"the runs of {case.experiment} with their curves", place))
        terminal.look(self.server.page(place))

    def promote(self, case: UseCase) -> None:
        """The first version was in Production before the second came; the better one takes, or keeps, the place."""
        versions = self.versions[case.model]
        better = promotion.best(versions)
        stages = {version.number: promotion.stage_of(self.client, case, version) for version in versions}
        candidates = versions if set(stages.values()) == {"None"} else [better]
        first = candidates[0]
        for version in [better] if first.number == better.number else [first, better]:
            path = promotion.promote(self.client, case, version)
            if path:
                terminal.done(f"{case.model} version {version.number}: {' → '.join(path)}")
            else:
                terminal.done(f"{case.model} version {version.number} is in Production")
        for version in versions:
            if promotion.stage_of(self.client, case, version) == "Archived":
                terminal.done(f"{case.model} version {version.number}: archived, replaced by {better.number}")
        place = f"/models/{case.model}"
        self.places.append((f"the versions of {case.model} and their stages", place))
        terminal.look(self.server.page(place))

    def serve(self, case: UseCase) -> None:
        version = promotion.best(self.versions[case.model])
        endpoint = serving.deploy(self.server, case, version)
        digest = str(endpoint.get("digest", ""))[:19]
        terminal.done(f"endpoint {terminal.bold(endpoint['name'])} serves version {version.number}, {digest}")
        rows = case.split.test.features[version.candidate.columns].head(COMPARED_ROWS)
        compared = serving.compare(self.server, case, endpoint, version, rows)
        terminal.table(
            ["protocol", "rows", "off from ONNX Runtime", "answered in"],
            [[c.protocol, str(c.rows), f"{c.difference:.1e}", f"{c.latency_ms:.1f} ms"] for c in compared],
        )

    def watch(self) -> None:
        case = self.cancer
        rows = monitoring.usual(case)
        with terminal.doing(f"{len(rows)} usual predictions"):
            monitoring.send_one_by_one(self.server, case, rows)
        self.report(case, f"{len(rows)} usual predictions", monitoring.check(self.server, case, len(rows)))
        rows = monitoring.mismeasured(case)
        with terminal.doing(f"{len(rows)} predictions on mismeasured cells"):
            monitoring.send_in_batches(self.server, case, rows)
        self.report(case, f"{len(rows)} from a scanner set wrong", monitoring.check(self.server, case, len(rows)))
        case = self.volatility
        rows = monitoring.calm_year(case)[promotion.best(self.versions[case.model]).candidate.columns]
        with terminal.doing(f"the {len(rows)} days of {monitoring.CALM_YEAR}"):
            monitoring.send_in_batches(self.server, case, rows)
        told = f"the {len(rows)} days of {monitoring.CALM_YEAR}, a calm year"
        self.report(case, told, monitoring.check(self.server, case, len(rows)))
        self.alerts()

    def report(self, case: UseCase, traffic: str, report: JSON) -> None:
        verdict = report["verdict"]
        text = f"{case.model}: {traffic} → {terminal.bold(verdict if verdict != 'none' else 'no drift')}"
        (terminal.done if verdict == "none" else terminal.alarm)(text)
        if verdict == "none":
            return
        rows = [
            [column["column"], *(f"{monitoring.value_of(column, m):.3f}" for m in ("psi", "ks", "jensenshannon"))]
            for column in monitoring.strongest(report, SHOWN_COLUMNS)
        ]
        terminal.table(["column", "PSI", "KS", "Jensen-Shannon"], rows)

    def alerts(self) -> None:
        mine = monitoring.open_alerts(self.server, self.cancer)
        if mine:
            alert = monitoring.acknowledge(self.server, mine[0], "The scanner was set wrong; it is being calibrated.")
            terminal.done(f"acknowledged: {alert['message']}")
        left = sum(len(monitoring.open_alerts(self.server, case)) for case in self.cases)
        terminal.alarm(f"{left} alert{'' if left == 1 else 's'} left open for you")
        self.places.append(("the endpoints and their traffic", "/serving"))
        self.places.append(("the drift reports and the alerts", "/monitoring"))
        terminal.look(self.server.page("/monitoring"))

    def look_around(self) -> None:
        for what, place in [("everything at a glance", "/"), *self.places]:
            terminal.look(self.server.page(place), what)
