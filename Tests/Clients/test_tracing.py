"""Functions that users trace, with nothing set but where the server is: no warning, and everything is found again."""

from __future__ import annotations

import json
import math
from typing import Any

import mlflow
import pandas
import pytest
from call_recorder import Watch
from mlflow.entities import AssessmentSource, Feedback, SpanType, Trace
from mlflow.entities.trace_status import TraceStatus
from mlflow.exceptions import MlflowException
from mlflow.store.analytics.trace_correlation import calculate_npmi_from_counts
from mlflow.tracking import MlflowClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from rest import Rest, fresh


def untroubled(watch: Watch) -> None:
    """No warning, and no refusal of a call on traces, spans or their files."""
    mlflow.flush_trace_async_logging()
    assert watch.warned == []
    traced = watch.asked("traces")
    assert traced, "nothing was traced"
    assert {exchange.status for exchange in traced} == {200}


@pytest.fixture
def home(watch: Watch) -> str:
    return mlflow.set_experiment(fresh("traced")).experiment_id


@mlflow.trace
def doubled(value: int) -> int:
    if value < 0:
        raise ValueError("less than nothing")
    return value * 2


@mlflow.trace(name="sum", span_type=SpanType.CHAIN, attributes={"unit": "apples"})
def total(values: list[int]) -> int:
    return sum(doubled(value) for value in values)


def found(home: str, **asked: Any) -> list[Trace]:
    mlflow.flush_trace_async_logging()
    return mlflow.search_traces(locations=[home], return_type="list", **asked)


def traced_at(milliseconds: int, home: str, name: str = "placed", **more: Any) -> str:
    """The id of a trace that took a millisecond then: those of a loop may begin within one."""
    client = MlflowClient()
    begun = client.start_trace(name, experiment_id=home, start_time_ns=milliseconds * 1_000_000, **more)
    client.end_trace(begun.trace_id, outputs={"b": 2}, end_time_ns=(milliseconds + 1) * 1_000_000)
    return begun.trace_id


def names(home: str, **asked: Any) -> list[str]:
    return [trace.info.tags["mlflow.traceName"] for trace in found(home, **asked)]


def test_a_traced_function_is_found_with_all_its_spans(watch: Watch, home: str) -> None:
    assert total([1, 2]) == 6
    (trace,) = found(home)
    assert [span.name for span in trace.data.spans] == ["sum", "doubled", "doubled"]
    root = trace.data.spans[0]
    assert (root.inputs, root.outputs, root.span_type) == ({"values": [1, 2]}, 6, SpanType.CHAIN)
    assert root.get_attribute("unit") == "apples" and trace.data.spans[1].parent_id == root.span_id
    assert json.loads(trace.info.request_preview) == {"values": [1, 2]} and trace.info.response_preview == "6"
    assert trace.info.state == "OK" and trace.info.execution_duration is not None
    assert trace.info.experiment_id == home
    again = mlflow.get_trace(trace.info.trace_id)
    assert again is not None and again.to_dict() == trace.to_dict()
    frame = mlflow.search_traces(locations=[home])
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["trace_id"]) == [trace.info.trace_id] and list(frame["response"]) == [6]
    untroubled(watch)


def test_a_traced_function_answers_and_its_run_is_whole(watch: Watch, home: str) -> None:
    @mlflow.trace
    def logged(value: int) -> int:
        mlflow.log_metric("value", value, step=value)
        return value * 2

    with mlflow.start_run() as run:
        assert [logged(value) for value in range(3)] == [0, 2, 4]
    doubled(3)
    points = MlflowClient().get_metric_history(run.info.run_id, "value")
    assert [(point.step, point.value) for point in points] == [(0, 0), (1, 1), (2, 2)]
    assert len(found(home, run_id=run.info.run_id)) == 3
    assert len(found(home)) == 4
    untroubled(watch)


def test_what_fails_is_traced_as_an_error(watch: Watch, home: str) -> None:
    with pytest.raises(ValueError):
        doubled(-1)
    doubled(1)
    (trace,) = found(home, filter_string="trace.status = 'ERROR'")
    assert trace.info.state == "ERROR" and trace.data.spans[0].events[0].name == "exception"
    untroubled(watch)


def test_spans_by_hand_with_tags_metadata_and_a_session(watch: Watch, home: str) -> None:
    with mlflow.start_span("outer", span_type=SpanType.AGENT) as span:
        span.set_inputs({"q": "?"})
        mlflow.update_current_trace(
            tags={"team": "red"}, metadata={"mlflow.trace.session": "s-1"}, client_request_id="mine"
        )
        with mlflow.start_span("inner"):
            pass
        span.set_outputs("!")
    explicit = traced_at(1000, home, "explicit", inputs={"a": 1}, tags={"team": "blue"})
    for filter_string, expected in [
        ("tags.team = 'red'", ["outer"]),
        ("metadata.`mlflow.trace.session` = 's-1'", ["outer"]),
        ("client_request_id = 'mine'", ["outer"]),
        ("name LIKE 'exp%'", ["explicit"]),
        ("tags.team LIKE '%e%' AND timestamp_ms > 0", ["outer", "explicit"]),
        ("timestamp_ms <= 1000 AND execution_time_ms = 1", ["explicit"]),
    ]:
        assert names(home, filter_string=filter_string) == expected, filter_string
    assert names(home, order_by=["timestamp_ms ASC"]) == ["explicit", "outer"]
    assert names(home, order_by=["timestamp_ms DESC"], max_results=1) == ["outer"]
    outer = found(home, filter_string="name = 'outer'")[0]
    assert outer.info.client_request_id == "mine"
    assert [span.name for span in outer.data.spans] == ["outer", "inner"]
    assert MlflowClient().get_trace(explicit).data.spans[0].outputs == {"b": 2}
    untroubled(watch)


def test_many_traces_come_in_pages(watch: Watch, home: str) -> None:
    made = [traced_at(1000 + number, home) for number in range(7)]
    mlflow.flush_trace_async_logging()
    client, token, seen = MlflowClient(), None, []
    while True:
        page = client.search_traces(locations=[home], max_results=3, page_token=token)
        seen += [trace.info.trace_id for trace in page]
        token = page.token
        if not token:
            break
    assert seen == made[::-1]
    assert len(found(home, include_spans=False)) == 7
    untroubled(watch)


def test_tags_are_set_and_deleted_and_traces_too(watch: Watch, home: str) -> None:
    client = MlflowClient()
    first, *rest, oldest = [traced_at(1000 - number, home) for number in range(4)]
    mlflow.flush_trace_async_logging()
    client.set_trace_tag(first, "reviewed", "yes")
    mlflow.set_trace_tag(first, "by", "ada")
    client.delete_trace_tag(first, "reviewed")
    kept = client.get_trace(first).info.tags
    assert kept["by"] == "ada" and "reviewed" not in kept
    assert client.delete_traces(home, trace_ids=[first, "tr-none"]) == 1
    assert client.get_trace(oldest).info.timestamp_ms == 997
    assert client.delete_traces(home, max_timestamp_millis=1000, max_traces=1) == 1
    assert [trace.info.trace_id for trace in found(home)] == rest
    untroubled(watch)
    for gone in (lambda: client.get_trace(first), lambda: client.set_trace_tag(first, "a", "b")):
        with pytest.raises(MlflowException) as refused:
            gone()
        assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_trace_is_linked_with_a_run(watch: Watch, home: str) -> None:
    doubled(1)
    (trace,) = found(home)
    client = MlflowClient()
    run = client.create_run(home).info.run_id
    client.link_traces_to_run([trace.info.trace_id], run)
    assert [one.info.trace_id for one in found(home, run_id=run)] == [trace.info.trace_id]
    untroubled(watch)


def test_what_is_said_of_a_trace_is_kept_with_it(watch: Watch, home: str) -> None:
    @mlflow.trace
    def judged() -> str:
        mlflow.log_feedback(trace_id=mlflow.get_active_trace_id(), name="at once", value=True)
        return "Paris"

    judged()
    (trace,) = found(home)
    (early,) = trace.info.assessments
    assert (early.name, early.value, early.valid) == ("at once", True, True) and early.assessment_id
    trace_id = trace.info.trace_id
    ada = AssessmentSource(source_type="HUMAN", source_id="ada")
    metadata = {"model": "m", "version": "1"}
    feedback = mlflow.log_feedback(
        trace_id=trace_id, name="quality", value={"rating": 4}, source=ada, rationale="long", metadata=metadata
    )
    broken = mlflow.log_feedback(trace_id=trace_id, name="judge", error=ValueError("no answer"))
    expected = mlflow.log_expectation(trace_id=trace_id, name="answer", value={"city": ["Paris"]}, source=ada)
    assert feedback.assessment_id and expected.assessment_id
    read = mlflow.get_assessment(trace_id, feedback.assessment_id)
    assert (read.value, read.rationale, read.metadata) == ({"rating": 4}, "long", metadata)
    assert read.source == ada and read.create_time_ms == feedback.create_time_ms
    assert mlflow.get_assessment(trace_id, broken.assessment_id).error.error_message == "no answer"
    assert mlflow.get_assessment(trace_id, expected.assessment_id).value == {"city": ["Paris"]}
    changed = mlflow.update_assessment(
        trace_id, feedback.assessment_id, Feedback(name="quality", value=5, metadata={"version": "2"})
    )
    assert (changed.value, changed.metadata, changed.rationale) == (5, {"model": "m", "version": "2"}, "long")
    better = mlflow.override_feedback(
        trace_id=trace_id, assessment_id=feedback.assessment_id, value=1, source=ada, rationale="no"
    )
    assert mlflow.get_assessment(trace_id, feedback.assessment_id).valid is False
    mlflow.delete_assessment(trace_id, broken.assessment_id)
    (again,) = found(home)
    # Clients read no validity of an expectation.
    kept = {one.assessment_id: one.valid for one in again.info.assessments}
    assert kept == {
        early.assessment_id: True,
        feedback.assessment_id: False,
        expected.assessment_id: None,
        better.assessment_id: True,
    }
    untroubled(watch)
    with pytest.raises(MlflowException) as gone:
        mlflow.get_assessment(trace_id, broken.assessment_id)
    assert gone.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_traces_are_told_as_version_2_does(home: str) -> None:
    store = MlflowClient()._tracking_client.store
    begun = store.deprecated_start_trace_v2(home, 1000, {"a": "1"}, {"t": "1"})
    assert (begun.status, begun.execution_time_ms, begun.experiment_id) == (TraceStatus.IN_PROGRESS, 0, home)
    ended = store.deprecated_end_trace_v2(begun.request_id, 3000, TraceStatus.ERROR, {"b": "2"}, {"t": "2"})
    assert (ended.status, ended.execution_time_ms, ended.tags["t"]) == (TraceStatus.ERROR, 2000, "2")
    assert ended.request_metadata == {"a": "1", "b": "2"}
    info = store.get_trace_info(begun.request_id)
    assert (info.state, info.execution_duration, info.request_time) == ("ERROR", 2000, 1000)


def test_how_two_filters_go_together_is_counted(watch: Watch, home: str) -> None:
    for number in range(4):
        traced_at(1000 + number, home, tags={"team": "red" if number < 2 else "blue"})
    mlflow.flush_trace_async_logging()
    store = MlflowClient()._tracking_client.store
    told = store.calculate_trace_filter_correlation([home], "tags.team = 'red'", "timestamp_ms < 1003")
    assert (told.total_count, told.filter1_count, told.filter2_count, told.joint_count) == (4, 2, 3, 2)
    counts = calculate_npmi_from_counts(2, 2, 3, 4)
    assert told.npmi == pytest.approx(counts.npmi) and told.npmi_smoothed == pytest.approx(counts.npmi_smoothed)
    nothing = store.calculate_trace_filter_correlation([home], "tags.team = 'green'", "status = 'OK'")
    assert math.isnan(nothing.npmi) and nothing.filter2_count == 4
    untroubled(watch)


def test_what_is_not_searched_is_said(watch: Watch, home: str) -> None:
    with pytest.raises(MlflowException, match="not into spans and assessments") as refused:
        found(home, filter_string="span.type = 'LLM'")
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def test_spans_of_others_are_answered_that_they_are_not_kept(rest: Rest) -> None:
    headers = {"Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": "0"}
    response = rest.send("POST", "/v1/traces", data=b"", headers=headers)
    assert response.status_code == 200
    said = ExportTraceServiceResponse.FromString(response.content).partial_success
    assert said.rejected_spans == 0 and said.error_message.startswith("Not kept:")
