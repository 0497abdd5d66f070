#!/usr/bin/env python3
"""Makes explanations.json: Shapley values of the models beside it, as the package shap has them.

usage: make_explanations.py [OUT_FILE]        default: explanations.json beside this file
needs: shap==0.51.0 onnxruntime==1.31.1 numpy

Deterministic. For each model a background, rows, and what shap.explainers.Exact says of them against the masker
Independent (all coalitions, each input that is left out taken from each row of the background):
  iris_str   4 inputs, 40 rows of background; the probability of the class that is predicted
  mlp        16 inputs, 20 rows of background; the one number that it answers
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import shap

HERE = Path(__file__).resolve().parent
OUT = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "explanations.json"


def session(name: str) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(HERE / f"{name}.onnx"), providers=["CPUExecutionProvider"])


def rows_of(name: str) -> np.ndarray:
    given = json.loads((HERE / f"{name}.json").read_text())["inputs"][0]
    return np.array(given["values"], np.float32).reshape(given["shape"])


def explained(model: Callable[[np.ndarray], np.ndarray], background: np.ndarray, row: np.ndarray) -> dict:
    masker = shap.maskers.Independent(background, max_samples=len(background))
    answer = shap.explainers.Exact(model, masker)(row[None, :], max_evals=2 ** len(row) + 1)
    return {
        "row": row.astype(float).tolist(),
        "base": float(answer.base_values[0]),
        "prediction": float(model(row[None, :])[0]),
        "values": answer.values[0].astype(float).tolist(),
    }


def iris(rows: np.ndarray, background: np.ndarray) -> list[dict]:
    model = session("iris_str")
    explanations = []
    for row in rows:
        label = model.run(["output_label"], {"input": row[None, :]})[0][0]

        def probability(given: np.ndarray, label: str = label) -> np.ndarray:
            (maps,) = model.run(["output_probability"], {"input": given.astype(np.float32)})
            return np.array([each[label] for each in maps], float)

        explanations.append({"class": str(label), **explained(probability, background, row)})
    return explanations


def mlp(rows: np.ndarray, background: np.ndarray) -> list[dict]:
    model = session("mlp")

    def answer(given: np.ndarray) -> np.ndarray:
        return model.run(None, {"input": given.astype(np.float32)})[0].ravel().astype(float)

    return [explained(answer, background, row) for row in rows]


def main() -> None:
    generator = np.random.default_rng(3)
    fixture = {"made_with": f"shap {shap.__version__}"}
    # Numbers of few digits, so that they are the same as text.
    flowers = (generator.normal(size=(40, 4)) * [0.8, 0.4, 1.7, 0.7] + [5.8, 3.1, 3.8, 1.2]).round(1).astype(np.float32)
    points = generator.standard_normal((20, 16)).round(2).astype(np.float32)
    for name, background, explain, count in (("iris_str", flowers, iris, 4), ("mlp", points, mlp, 2)):
        explanations = explain(rows_of(name)[:count], background)
        fixture[name] = {"background": background.astype(float).round(2).tolist(), "explanations": explanations}
    OUT.write_text(json.dumps(fixture) + "\n")
    print(f"{OUT.name}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
