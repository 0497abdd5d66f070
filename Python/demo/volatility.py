"""S&P 500, 1999 to 2018 (the data that `arch` carries): tomorrow's volatility, from what is known at today's close.

Volatility of a day is Parkinson's: 100·ln(high / low) / √(4·ln 2), in percent. Parts follow each other in time.
"""

from __future__ import annotations

from typing import Any

import arch.data.sp500
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import SGDRegressor
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from .usecase import Candidate, Metrics, Part, Split, Training, UseCase

SEED = 7
TRAIN_SHARE, VALIDATION_SHARE = 0.70, 0.15
HAR_COLUMNS = ["range_vol_1d", "range_vol_5d", "range_vol_22d"]
HAR = {"alpha": 0.001, "eta0": 0.002, "random_state": SEED}
EPOCHS_MAX = 40
BOOSTING = {"learning_rate": 0.03, "max_depth": 3, "subsample": 0.6, "min_samples_leaf": 40, "random_state": SEED}
STAGES_MAX, STAGES_A_STEP = 200, 4


def use_case() -> UseCase:
    split = _split()
    return UseCase(
        experiment="sp500-volatility",
        model="sp500-volatility",
        task="tomorrow's volatility, in percent",
        source="arch, arch.data.sp500",
        split=split,
        candidates=[
            Candidate(
                name="har",
                description="Heterogeneous autoregression: volatility of the last day, week and month.",
                columns=HAR_COLUMNS,
                params={"estimator": "SGDRegressor", "epochs": EPOCHS_MAX, **HAR},
                train=_har,
            ),
            Candidate(
                name="boosted-trees",
                description="Gradient-boosted trees on volatility, returns, drawdown and volume.",
                columns=list(split.train.features.columns),
                params={"estimator": "GradientBoostingRegressor", "n_estimators": STAGES_MAX, **BOOSTING},
                train=_boosted_trees,
            ),
        ],
        deciding_metric="validation_rmse",
        judge=judge,
        picture=_picture,
    )


def judge(estimator: Any, part: Part, prefix: str) -> Metrics:
    predicted = estimator.predict(part.features)
    return {
        f"{prefix}_rmse": float(np.sqrt(mean_squared_error(part.target, predicted))),
        f"{prefix}_mae": float(mean_absolute_error(part.target, predicted)),
        f"{prefix}_r2": float(r2_score(part.target, predicted)),
    }


def features_of(prices: pd.DataFrame) -> pd.DataFrame:
    """One row a day, of what is known when that day closes."""
    close, volume = prices["Adj Close"], prices["Volume"]
    returns = 100 * np.log(close).diff()
    volatility = _range_volatility(prices)
    return pd.DataFrame(
        {
            "range_vol_1d": volatility,
            "range_vol_5d": volatility.rolling(5).mean(),
            "range_vol_22d": volatility.rolling(22).mean(),
            "range_vol_66d": volatility.rolling(66).mean(),
            "abs_return_1d": returns.abs(),
            "abs_return_5d": returns.abs().rolling(5).mean(),
            "return_1d": returns,
            "return_5d": returns.rolling(5).sum(),
            "downside_5d": np.sqrt((returns.clip(upper=0) ** 2).rolling(5).mean()),
            "drawdown_22d": 100 * np.log(close / close.rolling(22).max()),
            "volume_ratio_22d": np.log(volume / volume.rolling(22).mean()),
        }
    )


def _range_volatility(prices: pd.DataFrame) -> pd.Series:
    return 100 * np.log(prices["High"] / prices["Low"]) / np.sqrt(4 * np.log(2))


def _split() -> Split:
    prices = arch.data.sp500.load()
    features = features_of(prices)
    tomorrow = _range_volatility(prices).shift(-1).rename("volatility_tomorrow")
    known = features.notna().all(axis=1) & tomorrow.notna()
    features, tomorrow = features[known], tomorrow[known]
    first, second = (int(len(features) * share) for share in (TRAIN_SHARE, TRAIN_SHARE + VALIDATION_SHARE))

    def part(rows: slice) -> Part:
        return Part(features.iloc[rows], tomorrow.iloc[rows])

    # The last row before a cut has its target on the other side, so it is left out.
    return Split(part(slice(first - 1)), part(slice(first, second - 1)), part(slice(second, None)))


def _progress(estimator: Any, split: Split) -> Metrics:
    return judge(estimator, split.train, "train") | judge(estimator, split.validation, "validation")


def _har(split: Split) -> Training:
    scaler = StandardScaler().fit(split.train.features)
    linear = SGDRegressor(**HAR)
    pipeline = Pipeline([("scale", scaler), ("linear", linear)])
    scaled = scaler.transform(split.train.features)
    for _ in range(EPOCHS_MAX):
        linear.partial_fit(scaled, split.train.target)
        yield _progress(pipeline, split)
    return pipeline


def _boosted_trees(split: Split) -> Training:
    trees = GradientBoostingRegressor(n_estimators=STAGES_A_STEP, warm_start=True, **BOOSTING)
    for stages in range(STAGES_A_STEP, STAGES_MAX + 1, STAGES_A_STEP):
        trees.set_params(n_estimators=stages).fit(split.train.features, split.train.target)
        yield _progress(trees, split)
    return trees


def _picture(estimator: Any, test: Part) -> Figure:
    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(test.features.index, test.target, linewidth=0.6, color="0.6", label="realised the day after")
    axes.plot(test.features.index, estimator.predict(test.features), linewidth=1.0, label="predicted")
    axes.set_ylabel("volatility, percent a day")
    axes.legend(frameon=False)
    return figure
