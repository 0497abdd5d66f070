"""The Open Inference Protocol as NVIDIA's own client speaks it, over HTTP and over gRPC."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import grpc
import mlflow
import numpy as np
import onnx
import pytest
import tritonclient.grpc
import tritonclient.http
from inference_transcript import transcript
from kinds import KINDS, datatype_of, identity_model, typed_request
from martlet import Martlet, free_port
from mlflow.tracking import MlflowClient
from models import COLUMNS, Model, by_files, classifier_graph, column_signature, register
from onnx import TensorProto, helper
from rest import JSON, Rest
from tritonclient.utils import InferenceServerException

DEPLOY = "/api/v1/mlflow/serving/deploy"


@pytest.fixture(params=["http", "grpc"])
def triton(request: pytest.FixtureRequest) -> ModuleType:
    return tritonclient.http if request.param == "http" else tritonclient.grpc


@pytest.fixture
def caller(triton: ModuleType, server: Martlet) -> Any:
    port = server.port if triton is tritonclient.http else server.grpc_port
    with triton.InferenceServerClient(f"127.0.0.1:{port}") as client:
        yield client


@pytest.fixture
def model(client: MlflowClient, rest: Rest) -> Model:
    graph = classifier_graph(zipmap=False)
    model = register(client, graph, column_signature(graph))
    rest.post(DEPLOY, {"model_name": model.name, "version": model.version})
    return model


@pytest.fixture
def identity(client: MlflowClient, rest: Rest) -> str:
    return identity_model(client, rest)


def rows(model: Model) -> np.ndarray:
    return model.rows.to_numpy("float32")


def given(triton: ModuleType, model: Model, **how: Any) -> list[Any]:
    values = rows(model)
    tensor = triton.InferInput(model.graph.graph.input[0].name, list(values.shape), "FP32")
    tensor.set_data_from_numpy(values, **how)
    return [tensor]


def check(model: Model, result: Any) -> None:
    label, chances = model.truth()
    truth = model.truth()
    assert [value.decode() for value in result.as_numpy(label)] == list(truth[label])
    assert np.abs(result.as_numpy(chances) - truth[chances]).max() <= 1e-6


def test_a_model_answers_as_in_python(triton: ModuleType, caller: Any, model: Model) -> None:
    check(model, caller.infer(model.name, given(triton, model)))
    check(model, caller.infer(model.name, given(triton, model), model_version="1", request_id="7"))
    result = caller.infer(model.name, given(triton, model), request_id="7", priority=1, timeout=1000, sequence_id=5)
    said = result.get_response()
    assert (said["id"] if isinstance(said, dict) else said.id) == "7"


def test_a_semantic_version_is_a_version(triton: ModuleType, caller: Any, model: Model, rest: Rest) -> None:
    place = f"/api/v1/registry/models/{model.name}/versions/{model.version}"
    assert rest.send("PATCH", place, json={"semantic_version": "1.4.0"}).ok
    assert caller.is_model_ready(model.name, "1.4.0")
    for ask in (caller.get_model_metadata, caller.get_model_config, caller.get_inference_statistics):
        assert str(ask(model.name, "1.4.0")) == str(ask(model.name, str(model.version)))
        with pytest.raises(InferenceServerException, match=r"9\.9\.9"):
            ask(model.name, "9.9.9")
    assert not caller.is_model_ready(model.name, "9.9.9")
    check(model, caller.infer(model.name, given(triton, model), model_version="1.4.0"))
    with pytest.raises(InferenceServerException, match=r"9\.9\.9"):
        caller.infer(model.name, given(triton, model), model_version="9.9.9")


def test_json_tensors_and_chosen_outputs(model: Model, server: Martlet) -> None:
    label, chances = model.truth()
    with tritonclient.http.InferenceServerClient(f"127.0.0.1:{server.port}") as caller:
        for binary_in, binary_out in [(True, False), (False, True), (False, False)]:
            outputs = [
                tritonclient.http.InferRequestedOutput(name, binary_data=binary_out) for name in (chances, label)
            ]
            sent = given(tritonclient.http, model, binary_data=binary_in)
            result = caller.infer(model.name, sent, outputs=outputs)
            assert [output["name"] for output in result.get_response()["outputs"]] == [chances, label]
            assert np.abs(result.as_numpy(chances) - model.truth()[chances]).max() <= 1e-6


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_bodies_may_be_compressed_both_ways(triton: ModuleType, caller: Any, model: Model, coding: str) -> None:
    many = Model(model.name, model.version, model.graph, model.rows.loc[np.tile(model.rows.index, 100)])
    if triton is tritonclient.http:
        how = {"request_compression_algorithm": coding, "response_compression_algorithm": coding}
    else:
        how = {"compression_algorithm": coding}
    check(many, caller.infer(model.name, given(triton, many), **how))


def test_a_long_answer_says_its_coding(server: Martlet, model: Model, rest: Rest) -> None:
    tensor = {"name": model.graph.graph.input[0].name, "datatype": "FP32", "shape": [160, len(COLUMNS)]}
    body = {"inputs": [tensor | {"data": np.tile(rows(model), (10, 1)).ravel().tolist()}]}
    path = f"/v2/models/{model.name}/infer"
    plain = rest.send("POST", path, json=body, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    for address in (path, path + "?way=long"):
        for coding in ("gzip", "deflate"):
            packed = rest.send("POST", address, json=body, headers={"Accept-Encoding": coding})
            assert packed.headers["content-encoding"] == coding
            assert int(packed.headers["content-length"]) < len(plain.content) // 2
            assert packed.json() == plain.json()
    body["parameters"] = {"binary_data_output": True}
    packed = rest.send("POST", path, json=body, headers={"Accept-Encoding": "gzip"})
    length = int(packed.headers["inference-header-content-length"])
    sizes = [output["parameters"]["binary_data_size"] for output in json.loads(packed.content[:length])["outputs"]]
    assert len(packed.content) == length + sum(sizes)


def test_every_kind_of_element_goes_through(triton: ModuleType, caller: Any, identity: str) -> None:
    inputs = []
    for name, (_, dtype, values) in KINDS.items():
        array = np.array(values, dtype).reshape(2, 1)
        tensor = triton.InferInput(name, [2, 1], datatype_of(name))
        tensor.set_data_from_numpy(array)
        inputs.append(tensor)
    result = caller.infer(identity, inputs)
    for name, (_, dtype, values) in KINDS.items():
        answered = result.as_numpy(f"{name}_out")
        if dtype == "object":
            assert [value.decode() for value in answered.ravel()] == values
        else:
            assert answered.dtype == np.dtype(dtype)
            assert answered.ravel().tolist() == np.array(values, dtype).tolist()


def stub(server: Martlet) -> tuple[grpc.Channel, Any]:
    channel = grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}")
    return channel, tritonclient.grpc.service_pb2_grpc.GRPCInferenceServiceStub(channel)


def test_grpc_takes_typed_contents_and_answers_raw(server: Martlet, identity: str) -> None:
    channel, service = stub(server)
    with channel:
        answer = service.ModelInfer(typed_request(identity))
        result = tritonclient.grpc.InferResult(answer)
        for name, (_, dtype, values) in KINDS.items():
            answered = result.as_numpy(f"{name}_out").ravel()
            wanted = [value.encode() for value in values] if dtype == "object" else np.array(values, dtype).tolist()
            assert answered.tolist() == wanted
        assert answer.id == "typed" and len(answer.raw_output_contents) == len(KINDS)
        mixed = typed_request(identity)
        mixed.raw_input_contents.extend([b""] * len(KINDS))
        few = typed_request(identity)
        few.raw_input_contents.append(b"")
        for request in (mixed, few):
            with pytest.raises(grpc.RpcError) as refused:
                service.ModelInfer(request)
            assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_grpc_streams(server: Martlet, model: Model) -> None:
    answers: list[tuple[Any, Any]] = []
    with tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{server.grpc_port}") as caller:
        caller.start_stream(lambda result, error: answers.append((result, error)))
        for index in range(20):
            name = "nobody" if index == 7 else model.name
            caller.async_stream_infer(
                name, given(tritonclient.grpc, model), request_id=str(index), enable_empty_final_response=True
            )
        caller.stop_stream()
    assert len(answers) == 20
    assert "Request for unknown model: 'nobody' is not found" in answers[7][1].message()
    for index, (result, error) in enumerate(answers):
        if index != 7:
            assert error is None
            check(model, result)
            assert result.get_response().id == str(index)
            assert result.get_response().parameters["triton_final_response"].bool_param


def test_the_largest_classes_alone(triton: ModuleType, caller: Any, model: Model) -> None:
    label, chances = model.truth()
    outputs = [triton.InferRequestedOutput(chances, class_count=2)]
    found = caller.infer(model.name, given(triton, model), outputs=outputs).as_numpy(chances)
    truth = model.truth()[chances]
    assert found.shape == (len(truth), 2)
    for row, expected in zip(found, truth, strict=True):
        order = np.argsort(-expected)[:2]
        for text, index in zip(row, order, strict=True):
            value, place = text.decode().split(":")
            assert int(place) == index
            assert abs(float(value) - expected[index]) < 2e-6
    with pytest.raises(InferenceServerException, match="classification takes"):
        caller.infer(model.name, given(triton, model), outputs=[triton.InferRequestedOutput(label, class_count=1)])


def as_dict(triton: ModuleType, answer: Any) -> JSON:
    if triton is tritonclient.http:
        return answer
    from google.protobuf import json_format

    return json_format.MessageToDict(answer, preserving_proto_field_name=True)


def test_the_server_and_its_models_are_described(triton: ModuleType, caller: Any, model: Model) -> None:
    assert caller.is_server_live() and caller.is_server_ready()
    assert caller.is_model_ready(model.name) and caller.is_model_ready(model.name, "1")
    assert not caller.is_model_ready("nobody") and not caller.is_model_ready(model.name, "2")
    server = as_dict(triton, caller.get_server_metadata())
    assert server["name"] == "martlet" and "binary_tensor_data" in server["extensions"]
    described = as_dict(triton, caller.get_model_metadata(model.name, "1"))
    (taken,) = described["inputs"]
    assert (described["name"], described["versions"], described["platform"]) == (model.name, ["1"], "onnxruntime_onnx")
    assert taken["datatype"] == "FP32" and [int(length) for length in taken["shape"]] == [-1, len(COLUMNS)]
    config = as_dict(triton, caller.get_model_config(model.name))
    config = config.get("config", config)
    assert config["name"] == model.name and int(config.get("max_batch_size", 0)) == 0
    assert config["input"][0]["data_type"] == "TYPE_FP32"
    assert [int(length) for length in config["input"][0]["dims"]] == [-1, len(COLUMNS)]
    index = as_dict(triton, caller.get_model_repository_index())
    listed = index if isinstance(index, list) else index["models"]
    assert {"name": model.name, "version": "1", "state": "READY"} in listed


def test_statistics_count(triton: ModuleType, caller: Any, model: Model) -> None:
    for _ in range(3):
        caller.infer(model.name, given(triton, model))
    with pytest.raises(InferenceServerException):
        caller.infer(model.name, [triton.InferInput("x", [1], "FP32")] if triton is tritonclient.grpc else wrong(model))
    (found,) = as_dict(triton, caller.get_inference_statistics(model.name))["model_stats"]
    assert (int(found["inference_count"]), int(found["execution_count"])) == (3 * len(model.rows), 3)
    times = found["inference_stats"]
    assert int(times["success"]["count"]) == 3 and int(times["success"]["ns"]) > 0
    assert int(times["fail"]["count"]) == 1
    (batch,) = found["batch_stats"]
    assert int(batch["batch_size"]) == len(model.rows) and int(batch["compute_infer"]["count"]) == 3
    everything = as_dict(triton, caller.get_inference_statistics())["model_stats"]
    assert model.name in {each["name"] for each in everything}


def wrong(model: Model) -> list[Any]:
    tensor = tritonclient.http.InferInput("other", [1, 1], "FP32")
    tensor.set_data_from_numpy(np.zeros((1, 1), "float32"))
    return [tensor]


def test_models_leave_memory_and_come_back(triton: ModuleType, caller: Any, model: Model, rest: Rest) -> None:
    caller.load_model(model.name)
    caller.unload_model(model.name)
    assert not caller.is_model_ready(model.name)
    index = as_dict(triton, caller.get_model_repository_index())
    listed = index if isinstance(index, list) else index["models"]
    assert {"name": model.name, "version": "1", "state": "UNAVAILABLE", "reason": "unloaded"} in listed
    with pytest.raises(InferenceServerException) as refused:
        caller.infer(model.name, given(triton, model))
    assert refused.value.status() in ("503", "StatusCode.UNAVAILABLE")
    assert rest.get(f"/api/v1/mlflow/serving/endpoints/{model.name}")["state"] == "unloaded"
    caller.load_model(model.name)
    check(model, caller.infer(model.name, given(triton, model)))
    with pytest.raises(InferenceServerException, match="failed to load 'nobody', failed to poll"):
        caller.load_model("nobody")
    with pytest.raises(InferenceServerException, match="is not taken"):
        caller.load_model(model.name, config="{}")


def test_settings_are_tritons_defaults(triton: ModuleType, caller: Any) -> None:
    traces = as_dict(triton, caller.get_trace_settings())
    logs = as_dict(triton, caller.get_log_settings())
    if triton is tritonclient.http:
        assert traces["trace_level"] == ["OFF"] and traces["trace_rate"] == "1000" and traces["trace_mode"] == "triton"
        assert logs["log_info"] is True and logs["log_verbose_level"] == 0
        assert caller.get_system_shared_memory_status() == [] == caller.get_cuda_shared_memory_status()
    else:
        assert traces["settings"]["trace_rate"] == {"value": ["1000"]}
        assert logs["settings"]["log_info"] == {"bool_param": True}
        assert as_dict(triton, caller.get_system_shared_memory_status()) == {}
    assert as_dict(triton, caller.update_trace_settings(settings={"trace_rate": "1000"})) == traces
    assert as_dict(triton, caller.update_log_settings({"log_info": True})) == logs
    with pytest.raises(InferenceServerException, match="cannot be changed"):
        caller.update_log_settings({"log_info": False})
    caller.unregister_system_shared_memory()
    caller.unregister_cuda_shared_memory()
    with pytest.raises(InferenceServerException, match=r"[Ss]hared memory is not offered"):
        caller.register_system_shared_memory("a", "/a", 8)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (["input", "text"], "expected 1 inputs but got 2 inputs for model"),
        (["other"], "the model takes"),
    ],
)
def test_wrong_inputs_are_told(triton: ModuleType, caller: Any, model: Model, inputs: list[str], said: str) -> None:
    sent = []
    for name in inputs:
        name = model.graph.graph.input[0].name if name == "input" else name
        tensor = triton.InferInput(name, [1, 4], "FP32")
        tensor.set_data_from_numpy(np.zeros((1, 4), "float32"))
        sent.append(tensor)
    with pytest.raises(InferenceServerException, match=said) as refused:
        caller.infer(model.name, sent)
    assert refused.value.status() in ("400", "StatusCode.INVALID_ARGUMENT")


def test_a_model_that_is_not_there_is_told_in_tritons_words(triton: ModuleType, caller: Any, model: Model) -> None:
    for ask in (
        lambda: caller.get_model_metadata("nobody"),
        lambda: caller.infer("nobody", given(triton, model)),
        lambda: caller.get_model_config("nobody"),
    ):
        with pytest.raises(InferenceServerException) as refused:
            ask()
        assert refused.value.message() == "Request for unknown model: 'nobody' is not found"
        assert refused.value.status() in ("404", "StatusCode.NOT_FOUND")


def test_each_endpoint_has_a_description_of_its_own(rest: Rest, model: Model) -> None:
    document = rest.get(f"/api/v1/mlflow/serving/endpoints/{model.name}/openapi.json")
    from openapi_spec_validator import OpenAPIV31SpecValidator

    assert not list(OpenAPIV31SpecValidator(document).iter_errors())
    row = document["components"]["schemas"]["Row"]["anyOf"][0]
    assert list(row["properties"]) == COLUMNS == row["required"]
    assert f"/v2/models/{model.name}/infer" in document["paths"]


def recorded_graph() -> onnx.ModelProto:
    """The model whose answers were recorded; there its labels were a column."""
    graph = onnx.load(Path(__file__).parent.parent / "ServingTests/Fixtures/gbdt.onnx")
    (label,) = (output for output in graph.graph.output if output.name == "label")
    for node in graph.graph.node:
        node.output[:] = ["flat_label" if name == "label" else name for name in node.output]
    graph.graph.initializer.append(helper.make_tensor("label_shape", TensorProto.INT64, [2], [-1, 1]))
    graph.graph.node.append(helper.make_node("Reshape", ["flat_label", "label_shape"], ["label"]))
    label.CopyFrom(helper.make_tensor_value_info("label", TensorProto.INT64, [None, 1]))
    return graph


def test_triton_says_the_same(launch: Callable[..., Martlet]) -> None:
    server = launch(grpc_port=free_port()).start()
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    name, version = by_files(
        MlflowClient(server.url), recorded_graph().SerializeToString(), signature=False, name="gbdt"
    )
    Rest(server.url).post(DEPLOY, {"model_name": name, "version": version})
    said = transcript(f"127.0.0.1:{server.port}", f"127.0.0.1:{server.grpc_port}")
    recorded = (Path(__file__).parent / "Fixtures/inference_transcript.txt").read_text()
    assert said.splitlines() == recorded.splitlines()
