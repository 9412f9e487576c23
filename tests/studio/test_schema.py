"""The OpenAPI document is complete, and made-up requests that follow it meet what it tells."""

from __future__ import annotations

import re

import hypothesis
import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from .running import CSRF, Client, wait_for

EXAMPLES = 6  # requests made up for every call
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_every_call_is_described(studio: Client) -> None:
    document = studio.get("/openapi.json").json()
    calls = [
        (path, method, call)
        for path, methods in document["paths"].items()
        for method, call in methods.items()
    ]
    assert len(calls) == 21
    for path, method, call in calls:
        assert path.startswith("/api/v1/")
        assert call["description"], (path, method)
        assert call["tags"], (path, method)
        assert {"401", "403", "408"} <= set(call["responses"])
        if re.search(r"\{\w+\}", path):
            assert "404" in call["responses"], (path, method)
        for status, answer in call["responses"].items():
            if status >= "400":
                schema = answer["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Fault"}, (path, method, status)


def test_made_up_requests_meet_what_is_described(studio: Client, sketch: bytes) -> None:
    session = studio.session()
    studio.upload(session, sketch)
    job = studio.paint(session)["id"]
    described = schemathesis.openapi.from_url(
        f"http://127.0.0.1:{studio.port}/api/v1/openapi.json", headers=CSRF
    )
    tried = 0
    for operation in described.get_all_operations():
        call = operation.ok()
        if call.path.endswith("/events"):
            continue  # a stream; schemathesis would wait for its end

        @hypothesis.settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(case=call.as_strategy(), real=hypothesis.strategies.booleans())
        def meet(case: schemathesis.Case, real: bool) -> None:
            nonlocal tried
            if real and case.path_parameters:  # deep into the session, not only past a 404
                mine = job if "/jobs/{id}" in case.path else session
                case.path_parameters["id"] = mine
            if case.method == "DELETE" and case.path.endswith("/sessions/{id}"):
                case.path_parameters["id"] = studio.session()
            case.call_and_validate(checks=CHECKS, headers=CSRF, timeout=300)
            tried += 1

        meet()
    assert tried >= 20 * EXAMPLES / 2
    wait_for(lambda: studio.get("/health").json()["queue"] == 0)
