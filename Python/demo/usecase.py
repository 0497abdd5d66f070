"""What a use case of the demo is: data in three parts, candidates that learn step by step, and a way to judge them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

Metrics = dict[str, float]
# Yields the metrics of each training step, and returns the fitted estimator at the end.
Training = Generator[Metrics, None, Any]


@dataclass(frozen=True)
class Part:
    """Rows of features with the target beside them."""

    features: pd.DataFrame
    target: pd.Series

    def only(self, columns: list[str]) -> Part:
        return Part(self.features[columns], self.target)


@dataclass(frozen=True)
class Split:
    train: Part
    validation: Part
    test: Part

    def only(self, columns: list[str]) -> Split:
        return Split(self.train.only(columns), self.validation.only(columns), self.test.only(columns))


@dataclass(frozen=True)
class Candidate:
    """One way to solve a use case, which becomes one version of its registered model."""

    name: str
    description: str
    columns: list[str]
    params: dict[str, Any]
    train: Callable[[Split], Training]


@dataclass(frozen=True)
class UseCase:
    experiment: str
    model: str
    task: str
    source: str
    split: Split
    candidates: list[Candidate]
    # The metric of the validation rows by which versions are compared; lower is better.
    deciding_metric: str
    judge: Callable[[Any, Part, str], Metrics]
    picture: Callable[[Any, Part], Figure]
    onnx_options: dict[str, Any] = field(default_factory=dict)
