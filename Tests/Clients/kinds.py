"""A model that takes and answers every kind of element that ONNX models have, and requests to it."""

from __future__ import annotations

from typing import Any

import onnx
import tritonclient.grpc.service_pb2 as messages
from mlflow.tracking import MlflowClient
from models import by_files
from onnx import TensorProto, helper
from rest import Rest

KINDS: dict[str, tuple[int, str, list[Any]]] = {
    "float": (TensorProto.FLOAT, "float32", [1.5, -2.5]),
    "double": (TensorProto.DOUBLE, "float64", [1e300, 0.1]),
    "int8": (TensorProto.INT8, "int8", [-128, 127]),
    "int16": (TensorProto.INT16, "int16", [-32768, 5]),
    "int32": (TensorProto.INT32, "int32", [1, -2]),
    "int64": (TensorProto.INT64, "int64", [2**62, -1]),
    "uint8": (TensorProto.UINT8, "uint8", [0, 255]),
    "uint16": (TensorProto.UINT16, "uint16", [0, 65535]),
    "uint32": (TensorProto.UINT32, "uint32", [1, 2**32 - 1]),
    "uint64": (TensorProto.UINT64, "uint64", [2**64 - 1, 2**53 + 1]),
    "bool": (TensorProto.BOOL, "bool", [True, False]),
    "string": (TensorProto.STRING, "object", ["größe 雨", ""]),
}
TYPED = {
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "INT64": "int64_contents",
    "UINT64": "uint64_contents",
    "BOOL": "bool_contents",
    "BYTES": "bytes_contents",
} | {f"{sign}INT{bits}": f"{sign.lower()}int_contents" for sign in ("", "U") for bits in (8, 16, 32)}


def identity_model(client: MlflowClient, rest: Rest) -> str:
    """A model that answers each kind of element as it got it."""
    graph = helper.make_graph(
        [helper.make_node("Identity", [name], [f"{name}_out"]) for name in KINDS],
        "kinds",
        [helper.make_tensor_value_info(name, kind, [None, 1]) for name, (kind, _, _) in KINDS.items()],
        [helper.make_tensor_value_info(f"{name}_out", kind, [None, 1]) for name, (kind, _, _) in KINDS.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(made)
    name, version = by_files(client, made.SerializeToString(), signature=False)
    rest.post("/api/v1/mlflow/serving/deploy", {"model_name": name, "version": version})
    return name


def datatype_of(name: str) -> str:
    return {"float": "FP32", "double": "FP64", "string": "BYTES"}.get(name, name.upper())


def typed_request(identity: str) -> messages.ModelInferRequest:
    request = messages.ModelInferRequest(model_name=identity, id="typed")
    for name, (_, dtype, values) in KINDS.items():
        datatype = datatype_of(name)
        contents = [value.encode() for value in values] if dtype == "object" else values
        tensor = messages.InferTensorContents(**{TYPED[datatype]: contents})
        request.inputs.add(name=name, datatype=datatype, shape=[2, 1], contents=tensor)
    return request
