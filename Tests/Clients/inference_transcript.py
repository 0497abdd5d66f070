"""Asks a server of the Open Inference Protocol with NVIDIA's client, and tells what came, but for what must differ.

What must differ: the server's identity, times and counters. `Fixtures/inference_transcript.txt` is what Triton 2.51
(nvidia-pytriton 0.7.0, Python backend) answered for the model of Tests/ServingTests/Fixtures/gbdt.onnx, whose labels
are a column there. To record it again:

    python inference_transcript.py HOST:HTTP_PORT HOST:GRPC_PORT > Fixtures/inference_transcript.txt
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import tritonclient.grpc as over_grpc
import tritonclient.http as over_http
from tritonclient.utils import InferenceServerException

ROWS = np.full((2, 30), 0.25, "float32")
QUESTIONS = [
    "is_server_live",
    "is_server_ready",
    "get_model_repository_index",
    "get_inference_statistics",
    "get_trace_settings",
    "get_log_settings",
    "get_system_shared_memory_status",
    "get_cuda_shared_memory_status",
]


def transcript(http: str, grpc: str) -> str:
    """What the server at these addresses says, a line for each thing."""
    lines = [*http_lines(over_http.InferenceServerClient(http)), *grpc_lines(over_grpc.InferenceServerClient(grpc))]
    return "\n".join(plain(line) for line in lines) + "\n"


def plain(line: str) -> str:
    """Without counters and times, and without what the server calls its engine."""
    line = re.sub(r"('(?:count|ns|last_inference|inference_count|execution_count)': )\d+", r"\1N", line)
    line = re.sub(r"\{'count': N, 'ns': N\}", "DURATION", line)
    return re.sub(r"('platform': )'[^']*'", r"\1'ENGINE'", re.sub(r'(platform: )"[^"]*"', r'\1"ENGINE"', line))


def told(error: InferenceServerException) -> str:
    return f"{error.status()} {error.message()}"


def tensor(module: Any, **how: Any) -> Any:
    given = module.InferInput("input", list(ROWS.shape), "FP32")
    given.set_data_from_numpy(ROWS, **how)
    return given


def only_gbdt(answer: Any) -> Any:
    """A list of models without those that the other server has besides."""
    if isinstance(answer, dict) and "model_stats" in answer:
        return {"model_stats": only_gbdt(answer["model_stats"])}
    if isinstance(answer, list):
        return [each for each in answer if not isinstance(each, dict) or each.get("name", "gbdt") == "gbdt"]
    return answer


def http_lines(caller: over_http.InferenceServerClient) -> Iterator[str]:
    for how in (
        {},
        {"request_compression_algorithm": "gzip", "response_compression_algorithm": "gzip"},
        {"request_compression_algorithm": "deflate", "response_compression_algorithm": "deflate"},
        {"request_id": "7", "priority": 1, "timeout": 100_000_000, "model_version": "1"},
        {"outputs": [over_http.InferRequestedOutput("label", False), over_http.InferRequestedOutput("probabilities")]},
        {"outputs": [over_http.InferRequestedOutput("probabilities", class_count=2)]},
    ):
        result = caller.infer("gbdt", [tensor(over_http)], **how)
        wanted = [output.name() for output in how.get("outputs", [])] or ["label", "probabilities"]
        yield f"{list(how)}: {result.get_response()}"
        yield "; ".join(f"{name} {result.as_numpy(name).tolist()}" for name in wanted)
    outputs = [over_http.InferRequestedOutput(name, binary_data=False) for name in ("label", "probabilities")]
    response = caller.infer("gbdt", [tensor(over_http, binary_data=False)], outputs=outputs).get_response()
    yield f"JSON: {[{**output, 'data': np.float32(output['data']).tolist()} for output in response['outputs']]}"
    for question in QUESTIONS:
        yield f"{question}: {only_gbdt(getattr(caller, question)())}"
    yield f"metadata keys: {list(caller.get_server_metadata())}"
    yield f"ready: {caller.is_model_ready('gbdt', '1')} {caller.is_model_ready('gbdt', '2')}"
    yield f"ready: {caller.is_model_ready('nope')}"
    yield f"model: {caller.get_model_metadata('gbdt', '1')}"
    text = over_http.InferInput("text", [2], "BYTES")
    text.set_data_from_numpy(np.array(["ab", "zwölf"], dtype=object))
    for ask in (
        lambda: caller.get_model_metadata("nope"),
        lambda: caller.get_model_metadata("gbdt", "7"),
        lambda: caller.get_model_config("nope"),
        lambda: caller.infer("nope", [tensor(over_http)]),
        lambda: caller.infer("gbdt", [tensor(over_http), text]),
        lambda: caller.infer("gbdt", [tensor(over_http), text], request_id="7"),
        lambda: caller.get_system_shared_memory_status("a"),
        lambda: caller.get_cuda_shared_memory_status("a"),
    ):
        try:
            yield f"not refused: {ask()}"
        except InferenceServerException as error:
            yield told(error)


def grpc_lines(caller: over_grpc.InferenceServerClient) -> Iterator[str]:
    for how in (
        {},
        {"compression_algorithm": "gzip"},
        {"request_id": "7", "outputs": [over_grpc.InferRequestedOutput("probabilities", class_count=2)]},
    ):
        yield f"{list(how)}: {caller.infer('gbdt', [tensor(over_grpc)], **how).get_response()}"
    yield f"model: {caller.get_model_metadata('gbdt')}"
    yield f"{caller.is_server_live()} {caller.is_server_ready()}"
    yield f"{caller.is_model_ready('gbdt', '1')} {caller.is_model_ready('nope')}"
    index = caller.get_model_repository_index().models
    yield "\n".join(str(model) for model in index if model.name == "gbdt")
    traces = caller.get_trace_settings(as_json=True)["settings"]
    yield f"traces: {sorted(traces.items())}"
    logs = caller.get_log_settings(as_json=True)["settings"]
    yield f"logs: {sorted(logs.items())}"
    statistics = caller.get_inference_statistics("gbdt", as_json=True)["model_stats"]
    yield f"statistics: {sorted(statistics[0])} {sorted(statistics[0]['inference_stats'])}"
    for ask in (lambda: caller.infer("nope", [tensor(over_grpc)]), lambda: caller.get_model_metadata("nope")):
        try:
            yield f"not refused: {ask()}"
        except InferenceServerException as error:
            yield told(error)


if __name__ == "__main__":
    sys.stdout.write(transcript(sys.argv[1], sys.argv[2]))
