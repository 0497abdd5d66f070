"""Breast cancer, Wisconsin (scikit-learn carries the data): is a tumour malignant, from 30 measures of its cells?"""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import RocCurveDisplay, accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from .usecase import Candidate, Metrics, Part, Split, Training, UseCase

SEED = 7
BOOSTING = {"learning_rate": 0.1, "max_depth": 3, "subsample": 0.8, "random_state": SEED}
STAGES_MAX, STAGES_A_STEP = 120, 2
LOGISTIC = {"C": 0.5}
ITERATIONS_MAX = 40


def use_case() -> UseCase:
    split = _split()
    columns = list(split.train.features.columns)
    return UseCase(
        experiment="breast-cancer",
        model="breast-cancer-classifier",
        task="is the tumour malignant?",
        source="scikit-learn, load_breast_cancer",
        split=split,
        candidates=[
            Candidate(
                name="boosted-trees",
                description="Gradient-boosted trees on the raw measures.",
                columns=columns,
                params={"estimator": "GradientBoostingClassifier", "n_estimators": STAGES_MAX, **BOOSTING},
                train=_boosted_trees,
            ),
            Candidate(
                name="logistic-regression",
                description="Logistic regression on standardized measures.",
                columns=columns,
                params={"estimator": "LogisticRegression", "max_iter": ITERATIONS_MAX, **LOGISTIC},
                train=_logistic_regression,
            ),
        ],
        deciding_metric="validation_log_loss",
        judge=judge,
        picture=_picture,
        onnx_options={"zipmap": False},
    )


def judge(estimator: Any, part: Part, prefix: str) -> Metrics:
    chance = estimator.predict_proba(part.features)[:, 1]
    return {
        f"{prefix}_log_loss": float(log_loss(part.target, chance)),
        f"{prefix}_roc_auc": float(roc_auc_score(part.target, chance)),
        f"{prefix}_accuracy": float(accuracy_score(part.target, chance > 0.5)),
    }


def _split() -> Split:
    """60, 20 and 20 of 100 rows, malignant ones alike in each."""
    data = load_breast_cancer(as_frame=True)
    features, malignant = data.data, (1 - data.target).rename("malignant")
    rest_x, test_x, rest_y, test_y = train_test_split(
        features, malignant, test_size=0.2, stratify=malignant, random_state=SEED
    )
    train_x, validation_x, train_y, validation_y = train_test_split(
        rest_x, rest_y, test_size=0.25, stratify=rest_y, random_state=SEED
    )
    return Split(Part(train_x, train_y), Part(validation_x, validation_y), Part(test_x, test_y))


def _progress(estimator: Any, split: Split) -> Metrics:
    return judge(estimator, split.train, "train") | judge(estimator, split.validation, "validation")


def _boosted_trees(split: Split) -> Training:
    trees = GradientBoostingClassifier(n_estimators=STAGES_A_STEP, warm_start=True, **BOOSTING)
    for stages in range(STAGES_A_STEP, STAGES_MAX + 1, STAGES_A_STEP):
        trees.set_params(n_estimators=stages).fit(split.train.features, split.train.target)
        yield _progress(trees, split)
    return trees


def _logistic_regression(split: Split) -> Training:
    """One iteration of the solver a step, each from where the last one stopped."""
    scaler = StandardScaler().fit(split.train.features)
    logistic = LogisticRegression(max_iter=1, warm_start=True, **LOGISTIC)
    pipeline = Pipeline([("scale", scaler), ("logistic", logistic)])
    scaled = scaler.transform(split.train.features)
    for _ in range(ITERATIONS_MAX):
        logistic.fit(scaled, split.train.target)
        yield _progress(pipeline, split)
    return pipeline


def _picture(estimator: Any, test: Part) -> Figure:
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    RocCurveDisplay.from_estimator(estimator, test.features, test.target, ax=axes, name="test rows")
    axes.set_title("Receiver operating characteristic")
    return figure
