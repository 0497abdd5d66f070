#!/usr/bin/env python3
"""Makes the models of InferenceTests and what Python's ONNX Runtime answers for them.

usage: make_fixtures.py [OUT_DIR]        default: the folder of this file
needs: onnx==1.23.2 onnxruntime==1.31.1 lightgbm==4.7.0 onnxmltools==1.16.0 skl2onnx==1.20.0 scikit-learn

Deterministic: fixed seeds, one thread. Each NAME.onnx has a NAME.json with the inputs given, the declared inputs and
outputs, the answers and the model's metadata:
  gbdt         LightGBM, 30 features, 20 trees; label int64[N], probabilities float[N,2]
  gbdt_zipmap  the same with ZipMap: probabilities are seq(map(int64,float))
  iris_str     logistic regression with string labels: label string[N], seq(map(string,float))
  mlp          16-32-32-1, ReLU, sigmoid; carries metadata
  types        a tensor of each kind that Martlet serves, given back
  shapes       [N,3], scalar, shape -> the sum over all, a scalar, and the input in that shape, of undeclared rank
  half         float16 in and out, which Martlet does not serve
  turns        [N,1] -> the number of turns that it takes for the largest row, counted one by one
  room         [N,1] -> as many zeros as the largest row says
"""

import json
import sys
from pathlib import Path

import lightgbm
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper, numpy_helper
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType as LightGBMFloats
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

OUT = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
OPSET, IR_VERSION = 17, 9


def plain(value: object) -> object:
    """A model's answer as JSON values: arrays flat, ZipMap's dictionaries as pairs in their order."""
    if isinstance(value, np.ndarray):
        return value.ravel().tolist()
    return [[[str(k), float(v)] for k, v in row.items()] for row in value]


def save(name: str, model: onnx.ModelProto, feed: dict[str, np.ndarray] | None) -> None:
    """Writes the model, and beside it what it answers for `feed`."""
    path = OUT / f"{name}.onnx"
    path.write_bytes(model.SerializeToString(deterministic=True))
    if feed is None:
        return
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    answers = session.run(None, feed)
    fixture = {
        "inputs": [
            {"name": i.name, "type": i.type, "shape": list(feed[i.name].shape), "values": plain(feed[i.name])}
            for i in session.get_inputs()
        ],
        "outputs": [
            {"name": o.name, "type": o.type, "shape": list(getattr(a, "shape", [])), "values": plain(a)}
            for o, a in zip(session.get_outputs(), answers)
        ],
        "metadata": dict(session.get_modelmeta().custom_metadata_map),
        "producer": session.get_modelmeta().producer_name,
    }
    (OUT / f"{name}.json").write_text(json.dumps(fixture, ensure_ascii=False) + "\n")
    print(f"{name}: {path.stat().st_size} bytes")


def stable(model: onnx.ModelProto, name: str) -> onnx.ModelProto:
    """The model under fixed names and in a fixed order; converters draw random names and go through sets."""
    model.graph.name = name
    model.opset_import.sort(key=lambda opset: opset.domain)
    for i, node in enumerate(model.graph.node):
        node.name = f"{node.op_type}{i}"
    return model


def model_of(nodes: list, name: str, inputs: list, outputs: list, constants: list = ()) -> onnx.ModelProto:
    """A model made by hand."""
    graph = helper.make_graph(nodes, name, inputs, outputs, list(constants))
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="make_fixtures")


def gbdt() -> None:
    generator = np.random.default_rng(7)
    x = generator.standard_normal((4_000, 30), dtype=np.float32)
    y = (x[:, 0] * 1.5 - x[:, 1] * x[:, 2] + np.sin(x[:, 3] * 2) > 0).astype(np.int64)
    model = lightgbm.LGBMClassifier(
        n_estimators=20,
        num_leaves=31,
        learning_rate=0.1,
        random_state=7,
        n_jobs=1,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    )
    model.fit(x, y)
    kinds = [("input", LightGBMFloats([None, 30]))]
    for name, zipmap in (("gbdt", False), ("gbdt_zipmap", True)):
        converted = convert_lightgbm(model, initial_types=kinds, zipmap=zipmap, target_opset=15)
        save(name, stable(converted, name), {"input": x[:8]})


def iris_str() -> None:
    iris = load_iris()
    x = iris.data.astype(np.float32)
    model = LogisticRegression(max_iter=500).fit(x, iris.target_names[iris.target])
    converted = convert_sklearn(model, initial_types=[("input", FloatTensorType([None, 4]))], target_opset=OPSET)
    save("iris_str", stable(converted, "iris_str"), {"input": x[::19]})


def mlp() -> None:
    generator = np.random.default_rng(11)
    sizes, nodes, constants, current = [16, 32, 32, 1], [], [], "input"
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        weights = (generator.standard_normal((a, b)) * np.sqrt(2 / a)).astype(np.float32)
        bias = (generator.standard_normal(b) * 0.1).astype(np.float32)
        constants += [numpy_helper.from_array(weights, f"w{i}"), numpy_helper.from_array(bias, f"b{i}")]
        nodes.append(helper.make_node("Gemm", [current, f"w{i}", f"b{i}"], [f"z{i}"]))
        last = i == len(sizes) - 2
        current = "output" if last else f"a{i}"
        nodes.append(helper.make_node("Sigmoid" if last else "Relu", [f"z{i}"], [current]))
    inputs = [helper.make_tensor_value_info("input", T.FLOAT, ["N", 16])]
    outputs = [helper.make_tensor_value_info("output", T.FLOAT, ["N", 1])]
    model = model_of(nodes, "mlp", inputs, outputs, constants)
    model.domain, model.doc_string, model.model_version = "martlet.test", "a small perceptron", 3
    helper.set_model_props(model, {"kind": "mlp", "seed": "11"})
    save("mlp", model, {"input": generator.standard_normal((8, 16)).astype(np.float32)})


def types() -> None:
    values = {
        "float": np.array([0.5, -1.25, 3.0e38], np.float32),
        "double": np.array([0.1, -2.5, 1e300]),
        "int8": np.array([-128, 0, 127], np.int8),
        "int16": np.array([-32768, 0, 32767], np.int16),
        "int32": np.array([-(2**31), 0, 2**31 - 1], np.int32),
        "int64": np.array([-(2**63), -1, 2**63 - 1], np.int64),
        "uint8": np.array([0, 1, 255], np.uint8),
        "uint16": np.array([0, 1, 65535], np.uint16),
        "uint32": np.array([0, 1, 2**32 - 1], np.uint32),
        "uint64": np.array([0, 1, 2**64 - 1], np.uint64),
        "bool": np.array([True, False, True]),
        "string": np.array(["a", "zwölf 🐦", ""], dtype=object),
    }
    kinds = {name: helper.np_dtype_to_tensor_dtype(v.dtype) for name, v in values.items() if name != "string"}
    kinds["string"] = T.STRING
    model = model_of(
        [helper.make_node("Identity", [n], [f"{n}_out"]) for n in values],
        "types",
        [helper.make_tensor_value_info(n, kinds[n], ["N"]) for n in values],
        [helper.make_tensor_value_info(f"{n}_out", kinds[n], ["N"]) for n in values],
    )
    save("types", model, values)


def shapes() -> None:
    model = model_of(
        [
            helper.make_node("ReduceSum", ["table"], ["total"], keepdims=0),
            helper.make_node("Add", ["total", "offset"], ["sum"]),
            helper.make_node("Reshape", ["table", "shape"], ["reshaped"]),
        ],
        "shapes",
        [
            helper.make_tensor_value_info("table", T.FLOAT, ["N", 3]),
            helper.make_tensor_value_info("offset", T.FLOAT, []),
            helper.make_tensor_value_info("shape", T.INT64, ["R"]),
        ],
        [helper.make_tensor_value_info("sum", T.FLOAT, []), helper.make_tensor_value_info("reshaped", T.FLOAT, None)],
    )
    feed = {
        "table": np.array([[1, 0, 2], [0, 3, 0]], np.float32),
        "offset": np.array(10, np.float32),
        "shape": np.array([3, 1, 2], np.int64),
    }
    save("shapes", model, feed)


def turns() -> None:
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["goes_on"]), helper.make_node("Add", ["sum", "one"], ["next"])],
        "turn",
        [
            helper.make_tensor_value_info("turn", T.INT64, []),
            helper.make_tensor_value_info("going", T.BOOL, []),
            helper.make_tensor_value_info("sum", T.FLOAT, ["N", 1]),
        ],
        [
            helper.make_tensor_value_info("goes_on", T.BOOL, []),
            helper.make_tensor_value_info("next", T.FLOAT, ["N", 1]),
        ],
    )
    nodes = [
        helper.make_node("ReduceMax", ["turns"], ["most"], keepdims=0),
        helper.make_node("Cast", ["most"], ["count"], to=T.INT64),
        helper.make_node("Sub", ["turns", "turns"], ["zero"]),
        helper.make_node("Loop", ["count", "", "zero"], ["output"], body=body),
    ]
    inputs = [helper.make_tensor_value_info("turns", T.FLOAT, ["N", 1])]
    outputs = [helper.make_tensor_value_info("output", T.FLOAT, ["N", 1])]
    constants = [helper.make_tensor("one", T.FLOAT, [], [1.0])]
    feed = {"turns": np.array([[3], [5]], np.float32)}
    save("turns", model_of(nodes, "turns", inputs, outputs, constants), feed)


def room() -> None:
    nodes = [
        helper.make_node("ReduceMax", ["width"], ["most"], keepdims=0),
        helper.make_node("Reshape", ["most", "flat"], ["list"]),
        helper.make_node("Cast", ["list"], ["shape"], to=T.INT64),
        helper.make_node("ConstantOfShape", ["shape"], ["output"]),
    ]
    inputs = [helper.make_tensor_value_info("width", T.FLOAT, ["N", 1])]
    outputs = [helper.make_tensor_value_info("output", T.FLOAT, [None])]
    constants = [helper.make_tensor("flat", T.INT64, [1], [1])]
    feed = {"width": np.array([[2], [4]], np.float32)}
    save("room", model_of(nodes, "room", inputs, outputs, constants), feed)


def half() -> None:
    inputs = [helper.make_tensor_value_info("x", T.FLOAT16, ["N"])]
    outputs = [helper.make_tensor_value_info("y", T.FLOAT16, ["N"])]
    save("half", model_of([helper.make_node("Identity", ["x"], ["y"])], "half", inputs, outputs), None)


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for make in (gbdt, iris_str, mlp, types, shapes, turns, room, half):
        make()
