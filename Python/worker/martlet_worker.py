"""Holds one MLflow model and answers for it over a socket; the server's half is Sources/Inference/Workers.

usage: martlet_worker.py SOCKET PARENT MODEL ANSWER_BYTES_MAX [warm]

A frame is the length of its head (4 bytes), the length of its payload (8), the head as JSON, and the payload; all
little-endian. The first frame says that the model is loaded, or why not. From then on each frame that comes in is a
call, answered by one frame: `tensors` holds inputs that have been read already, `document` a body of MLflow's scoring
protocol, which MLflow itself reads. Standard library, MLflow and what comes with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

PROTOCOL = 1
LENGTHS = struct.Struct("<IQ")
MESSAGE_MAX = 500
FEATURES_MAX = 1 << 20
PR_SET_PDEATHSIG = 1
KINDS = {
    "BOOL": "b1",
    "INT8": "i1",
    "INT16": "i2",
    "INT32": "i4",
    "INT64": "i8",
    "UINT8": "u1",
    "UINT16": "u2",
    "UINT32": "u4",
    "UINT64": "u8",
    "FP32": "f4",
    "FP64": "f8",
}
DATATYPES = {kind: name for name, kind in KINDS.items()}


class Refusal(Exception):
    """Why a call has no answer: a code of the API and a message that holds none of the inputs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Output(NamedTuple):
    """One output, as the Open Inference Protocol has it."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    payload: bytes

    def described(self) -> dict[str, Any]:
        return {"name": self.name, "datatype": self.datatype, "shape": self.shape, "size": len(self.payload)}


class Answer(NamedTuple):
    head: dict[str, Any]
    payload: list[bytes]


class Channel:
    """The socket, read and written by whole frames."""

    def __init__(self, descriptor: int) -> None:
        self.socket = socket.socket(fileno=descriptor)
        self.socket.setblocking(True)

    def frames(self) -> Iterator[tuple[dict[str, Any], bytearray]]:
        """What comes in, until the server closes its end."""
        while lengths := self.read(LENGTHS.size):
            head_length, payload_length = LENGTHS.unpack(lengths)
            yield json.loads(self.read(head_length)), self.read(payload_length)

    def read(self, count: int) -> bytearray:
        """The next bytes; none when the other end is closed. They may be written to, which models do."""
        buffer = bytearray(count)
        view = memoryview(buffer)
        while view:
            received = self.socket.recv_into(view)
            if received == 0:
                return bytearray()
            view = view[received:]
        return buffer

    def write(self, answer: Answer) -> None:
        head = json.dumps(answer.head).encode()
        lengths = LENGTHS.pack(len(head), sum(len(part) for part in answer.payload))
        self.socket.sendall(b"".join([lengths, head, *answer.payload]))


class BoundedText(io.StringIO):
    """A text that refuses to grow beyond a bound."""

    def __init__(self, length_max: int) -> None:
        super().__init__()
        self.left = length_max

    def write(self, text: str) -> int:
        self.left -= len(text)
        if self.left < 0:
            raise Refusal("INTERNAL_ERROR", "the model's answer is longer than the server takes")
        return super().write(text)


class Worker:
    """The model, and what it takes to ask it."""

    def __init__(self, folder: str, answer_bytes_max: int) -> None:
        import mlflow
        import numpy
        import pandas
        from mlflow.pyfunc import scoring_server

        self.numpy, self.pandas, self.scoring = numpy, pandas, scoring_server
        self.folder, self.answer_bytes_max = folder, answer_bytes_max
        self.model = mlflow.pyfunc.load_model(folder)
        self.version = mlflow.__version__
        self.schema = self.model.metadata.get_input_schema()
        self.names = self.pandas.Index(self.schema.input_names()) if self.schema is not None else None

    # Calls

    def tensors(self, head: dict[str, Any], payload: bytearray) -> Answer:
        """Answers for inputs of the signature, each a tensor whose first dimension counts the rows."""
        return self.answer(self.predicted(self.frame(head, payload), None))

    def document(self, head: dict[str, Any], payload: bytearray) -> Answer:
        """Answers as MLflow's scoring server would."""
        try:
            data, params, is_plain = self.parsed(head["type"], payload)
        except Refusal:
            raise
        except Exception as error:
            raise refusal(error, "BAD_REQUEST", "the body could not be read") from error
        return self.written(self.predicted(data, params), data, is_plain)

    def parsed(self, kind: str, payload: bytearray) -> tuple[Any, Any, bool]:
        """The inputs and params of a body, and whether the answer goes without its wrapper."""
        try:
            text = payload.decode()
        except UnicodeDecodeError as error:
            raise Refusal("BAD_REQUEST", "The body is not UTF-8") from error
        if kind == "csv":
            return self.scoring.parse_csv_input(io.StringIO(text), schema=self.schema), None, False
        if hasattr(self.scoring, "_parse_json_data"):
            parsed = self.scoring._parse_json_data(text, self.model.metadata, self.schema)
            return parsed.data, parsed.params, parsed.is_unified_llm_input
        body = json.loads(text)
        params = body.pop("params", None)
        kinds = ("dataframe_split", "dataframe_records", "instances", "inputs")
        data = {name: value for name, value in body.items() if name in kinds}
        return self.scoring.infer_and_parse_data(data, self.schema), params, False

    def predicted(self, data: Any, params: Any) -> Any:
        try:
            return self.model.predict(data, params=params) if params else self.model.predict(data)
        except MemoryError as error:
            raise Refusal("INTERNAL_ERROR", "The model ran out of memory on these inputs") from error
        except BaseException as error:
            raise refusal(error, "BAD_REQUEST", "The model could not be run on these inputs") from error

    # Inputs

    def frame(self, head: dict[str, Any], payload: bytearray) -> Any:
        """The inputs as the signature has them: a data frame, an array, or arrays by name."""
        tensors = head["tensors"]
        if self.schema is None or not self.schema.is_tensor_spec():
            return self.data_frame(tensors, payload, head["rows"])
        arrays = list(self.arrays(tensors, payload))
        if not self.schema.has_input_names():
            return arrays[0]
        return dict(zip(self.schema.input_names(), arrays, strict=True))

    def data_frame(self, tensors: list[dict[str, Any]], payload: bytearray, rows: int) -> Any:
        datatypes = {tensor["datatype"] for tensor in tensors}
        if len(datatypes) == 1 and "BYTES" not in datatypes:
            # One block for all columns, which costs a tenth of one array each.
            block = self.numpy.frombuffer(payload, KINDS[datatypes.pop()]).reshape(len(tensors), rows)
            return self.pandas.DataFrame(block.T, columns=self.names)
        columns = [array.reshape(rows) for array in self.arrays(tensors, payload)]
        frame = self.pandas.DataFrame(dict(enumerate(columns)))
        frame.columns = self.names
        return frame

    def arrays(self, tensors: list[dict[str, Any]], payload: bytearray) -> Iterator[Any]:
        view = memoryview(payload)
        for tensor in tensors:
            part, view = view[: tensor["size"]], view[tensor["size"] :]
            if tensor["datatype"] == "BYTES":
                yield self.numpy.array(list(strings(part)), dtype=object).reshape(tensor["shape"])
            else:
                yield self.numpy.frombuffer(part, KINDS[tensor["datatype"]]).reshape(tensor["shape"])

    # Answers

    def answer(self, predictions: Any) -> Answer:
        """Predictions as tensors where they are such, else as MLflow's document."""
        found = self.outputs(predictions)
        if found is None:
            return self.written(predictions, None, False)
        form, outputs = found
        if sum(len(output.payload) for output in outputs) > self.answer_bytes_max:
            raise Refusal("INTERNAL_ERROR", "the model's answer is longer than the server takes")
        head = {"ok": True, "form": form, "outputs": [output.described() for output in outputs]}
        return Answer(head, [output.payload for output in outputs])

    def outputs(self, predictions: Any) -> tuple[str, list[Output]] | None:
        """The outputs and how MLflow shows them: `values`, `records` of a frame, or `named` ones; nothing where it is
        no tensors."""
        numpy, pandas = self.numpy, self.pandas
        if isinstance(predictions, pandas.Series):
            predictions = pandas.DataFrame(predictions)
        if isinstance(predictions, pandas.DataFrame):
            named = [(name, predictions[name].to_numpy()) for name in predictions if isinstance(name, str | int)]
            if len(named) < predictions.shape[1] or not predictions.columns.is_unique:
                return None
            return self.all_outputs("records", named)
        if isinstance(predictions, dict) and predictions:
            if not all(isinstance(value, numpy.ndarray) for value in predictions.values()):
                return None
            return self.all_outputs("named", list(predictions.items()))
        if isinstance(predictions, list) and predictions and len(set(map(type, predictions))) == 1:
            if type(predictions[0]) not in (float, int, str, bool):
                return None
            predictions = numpy.array(predictions)
        if isinstance(predictions, numpy.ndarray) and predictions.ndim > 0:
            return self.all_outputs("values", [("predictions", predictions)])
        return None

    def all_outputs(self, form: str, arrays: list[tuple[Any, Any]]) -> tuple[str, list[Output]] | None:
        outputs = [self.output(str(name), array) for name, array in arrays]
        whole = [output for output in outputs if output is not None]
        return (form, whole) if whole and len(whole) == len(outputs) else None

    def output(self, name: str, array: Any) -> Output | None:
        if array.dtype.kind in "OU":
            texts = array.ravel().tolist()
            if not all(isinstance(text, str) for text in texts):
                return None
            encoded = [text.encode() for text in texts]
            payload = b"".join(len(text).to_bytes(4, "little") + text for text in encoded)
            return Output(name, "BYTES", array.shape, payload)
        # Before it is read or copied: memory that a model has set aside is taken only when it is touched.
        if array.nbytes > self.answer_bytes_max:
            raise Refusal("INTERNAL_ERROR", "the model's answer is longer than the server takes")
        if array.dtype.kind == "f":
            array = array.astype("f4") if array.dtype.itemsize == 2 else array
            self.check_finite(name, array)
        datatype = DATATYPES.get(f"{array.dtype.kind}{array.dtype.itemsize}")
        if datatype is None:
            return None
        return Output(name, datatype, array.shape, self.numpy.ascontiguousarray(array, KINDS[datatype]).tobytes())

    def check_finite(self, name: str, array: Any) -> None:
        finite = self.numpy.isfinite(array)
        if finite.all():
            return
        row = int(self.numpy.argwhere(~finite)[0][0]) if array.ndim else 0
        place = f'output "{name[:100]}", row {row}'
        raise Refusal("INTERNAL_ERROR", f"the model answered a number that is not finite: {place}")

    def written(self, predictions: Any, data: Any, is_plain: bool) -> Answer:
        """Predictions in MLflow's words, and the inputs that they are for, as rows."""
        text = BoundedText(self.answer_bytes_max)
        write = self.scoring.unwrapped_predictions_to_json if is_plain else self.scoring.predictions_to_json
        try:
            write(predictions, text)
        except Refusal:
            raise
        except Exception as error:
            raise refusal(error, "INTERNAL_ERROR", "the model's answer can't be written as JSON") from error
        if isinstance(data, dict):
            with contextlib.suppress(Exception):  # Columns by their names, as "inputs" gives them, are rows too.
                data = self.pandas.DataFrame(data)
        body = text.getvalue()
        if "NaN" in body or "Infinity" in body:
            json.loads(body, parse_constant=refuse_constant)
        features, encoded = self.features(data), body.encode()
        if len(encoded) > self.answer_bytes_max:
            raise Refusal("INTERNAL_ERROR", "the model's answer is longer than the server takes")
        rows = length(predictions)
        # What does not answer row by row is one prediction.
        if data is not None and rows != length(data):
            rows = None
        head = {"ok": True, "form": "document", "rows": rows, "sizes": [len(encoded), len(features)]}
        return Answer(head, [encoded, features])

    def features(self, data: Any) -> bytes:
        """The inputs as the log keeps them; nothing where they are no rows, or too many."""
        if not isinstance(data, self.pandas.DataFrame | self.numpy.ndarray):
            return b""
        text = BoundedText(FEATURES_MAX)
        with contextlib.suppress(Exception):
            self.scoring.unwrapped_predictions_to_json(data, text)
            return text.getvalue().encode()
        return b""

    # Start

    def warm_up(self) -> list[dict[str, Any]] | None:
        """Runs the model on the example that was logged with it, and says what it answered; nothing without one."""
        with contextlib.suppress(Exception):
            example = self.model.metadata.get_serving_input(self.folder)
            if example:
                data, params, _ = self.parsed("json", bytearray(example.encode()))
                found = self.outputs(self.predicted(data, params))
                return [output.described() for output in found[1]] if found else None
        return None

    def ready(self, warms_up: bool) -> Answer:
        hinted = getattr(self.model.metadata, "_is_signature_from_type_hint", None)
        head = {
            "ready": True,
            "protocol": PROTOCOL,
            "mlflow": self.version,
            "python": ".".join(str(part) for part in sys.version_info[:3]),
            "hinted": bool(hinted()) if hinted else False,
            "outputs": self.warm_up() if warms_up else None,
        }
        return Answer(head, [])


def strings(view: memoryview) -> Iterator[str]:
    while view:
        count = int.from_bytes(view[:4], "little")
        yield bytes(view[4 : 4 + count]).decode()
        view = view[4 + count :]


def length(value: Any) -> int | None:
    """How many rows something has, where it has rows."""
    shape = getattr(value, "shape", None)
    if shape is not None:
        return int(shape[0]) if len(shape) > 0 else None
    return len(value) if isinstance(value, list) else None


def refuse_constant(name: str) -> None:
    raise Refusal("INTERNAL_ERROR", f"the model answered a number that is not finite: {name}")


def refusal(error: BaseException, code: str, what: str) -> Refusal:
    """An error of the model or of MLflow, without the inputs that MLflow's messages repeat."""
    message = getattr(error, "message", None) or str(error)
    known = {"INVALID_PARAMETER_VALUE", "BAD_REQUEST"}
    named = getattr(error, "error_code", None)
    if "Failed to enforce schema" in message:
        message = "Failed to enforce schema. Error: " + message.rpartition("Error: ")[2]
    message = message.partition("\nInput:")[0].strip()[:MESSAGE_MAX]
    kind = "" if named else type(error).__name__ + ": "
    return Refusal(named if named in known and code == "BAD_REQUEST" else code, f"{what}: {kind}{message}")


def answered(call: Callable[[dict[str, Any], bytearray], Answer], head: dict[str, Any], payload: bytearray) -> Answer:
    try:
        return call(head, payload)
    except Refusal as refused:
        return Answer({"ok": False, "code": refused.code, "message": str(refused)}, [])
    except Exception as error:
        refused = refusal(error, "INTERNAL_ERROR", "The model's answer could not be taken")
        return Answer({"ok": False, "code": refused.code, "message": str(refused)}, [])


def end_with(parent: int) -> None:
    """Should the server be killed, so is this process, whatever the model is doing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def main(descriptor: str, parent: str, folder: str, answer_bytes_max: str, *options: str) -> None:
    end_with(int(parent))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = Channel(int(descriptor))
    try:
        worker = Worker(folder, int(answer_bytes_max))
        channel.write(worker.ready("warm" in options))
    except BaseException as error:
        is_missing = isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == "mlflow"
        message = f"{type(error).__name__}: {error}"[:MESSAGE_MAX]
        channel.write(Answer({"ready": False, "lacks_mlflow": is_missing, "message": message}, []))
        raise
    calls = {"tensors": worker.tensors, "document": worker.document}
    for head, payload in channel.frames():
        channel.write(answered(calls[head["call"]], head, payload))


if __name__ == "__main__":
    main(*sys.argv[1:])
