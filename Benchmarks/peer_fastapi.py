"""The server that a careful team would write by hand: FastAPI and onnxruntime, and no more validation than the shape.

MODEL=model.onnx uvicorn peer_fastapi:app --port P --no-access-log
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import onnxruntime
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
taken = session.get_inputs()[0].name
given = [output.name for output in session.get_outputs()]
app = FastAPI()


@app.get("/health")
async def health() -> str:
    return "OK"


@app.post("/predict")
async def predict(request: Request) -> JSONResponse:
    body: dict[str, Any] = await request.json()
    rows = np.asarray(body["inputs"], dtype=np.float32)
    return JSONResponse({name: values.tolist() for name, values in zip(given, session.run(given, {taken: rows}))})
