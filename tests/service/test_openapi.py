from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from wavvy.explain.explanation import Reason
from wavvy.service.app import create_app
from wavvy.service.errors import ANSWERS
from wavvy.service.schemas import ExplanationOut, RecognitionOut
from wavvy.service.settings import Settings

ROUTES = {
    ("post", "/v1/recognize"),
    ("get", "/v1/listen"),
    ("post", "/v1/tracks"),
    ("get", "/v1/tracks"),
    ("get", "/v1/tracks/{track_id}"),
    ("patch", "/v1/tracks/{track_id}"),
    ("delete", "/v1/tracks/{track_id}"),
    ("get", "/v1/tracks/{track_id}/audio"),
    ("get", "/v1/search"),
    ("get", "/v1/genres"),
    ("get", "/v1/duplicates"),
    ("post", "/v1/duplicates"),
    ("delete", "/v1/duplicates/{group_id}"),
    ("get", "/v1/providers"),
    ("post", "/v1/enrich"),
    ("get", "/v1/history"),
    ("get", "/v1/history/export"),
    ("get", "/v1/history/top"),
    ("get", "/v1/history/days"),
    ("delete", "/v1/history/{heard_id}"),
    ("delete", "/v1/history"),
    ("post", "/v1/demo"),
    ("get", "/v1/tracks/{track_id}/artwork"),
    ("get", "/v1/jobs"),
    ("get", "/v1/queue"),
    ("get", "/v1/jobs/{job_id}"),
    ("delete", "/v1/jobs/{job_id}"),
    ("post", "/v1/jobs/{job_id}/retry"),
    ("get", "/v1/jobs/{job_id}/events"),
    ("get", "/v1/jobs/{job_id}/files"),
    ("post", "/v1/index/rebuild"),
    ("get", "/v1/stats"),
    ("get", "/health/live"),
    ("get", "/health/ready"),
}


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return create_app(Settings(data_dir=tmp_path_factory.mktemp("unused"))).openapi()


@pytest.fixture(scope="module")
def operations(description: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, path): operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }


def examples(description: dict[str, Any], content: dict[str, Any]) -> list[Any]:
    """Return the examples of one media type of a response."""
    if "example" in content:
        return [content["example"]]
    if "examples" in content:
        return [example["value"] for example in content["examples"].values()]
    schema = content["schema"]
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return list(schema.get("examples", []))


def test_every_route_is_there(operations: dict[tuple[str, str], Any]) -> None:
    assert set(operations) == ROUTES


def test_every_route_says_what_it_does(operations: dict[tuple[str, str], Any]) -> None:
    for route, operation in operations.items():
        assert operation["summary"], route
        assert len(operation["description"]) > 20, route
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (route, parameter["name"])
            assert parameter.get("examples") or parameter["schema"].get("examples"), (
                route,
                parameter["name"],
            )


def test_every_answer_has_an_example(
    description: dict[str, Any], operations: dict[tuple[str, str], Any]
) -> None:
    for route, operation in operations.items():
        for status, response in operation["responses"].items():
            assert response["description"], (route, status)
            json_content = response.get("content", {}).get("application/json")
            if json_content is not None:
                assert examples(description, json_content), (route, status)


def test_errors_are_documented_in_the_one_form(
    description: dict[str, Any], operations: dict[tuple[str, str], Any]
) -> None:
    for route, operation in operations.items():
        failed = {s: r for s, r in operation["responses"].items() if int(s) >= 400}
        assert failed, route
        for status, response in failed.items():
            content = response["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/ErrorBody"}
            for example in examples(description, content):
                assert example["status"] == "error"
                code = example["error"]["code"]
                assert status == "426" or ANSWERS[code].status == int(status)


def test_uploads_describe_their_body(operations: dict[tuple[str, str], Any]) -> None:
    recognize = operations["post", "/v1/recognize"]["requestBody"]["content"]
    assert set(recognize) == {"multipart/form-data", "audio/*", "application/octet-stream"}
    upload = operations["post", "/v1/tracks"]["requestBody"]["content"]
    assert upload["multipart/form-data"]["schema"]["required"] == ["file"]


def test_recognition_is_described_with_and_without_its_reasons(
    description: dict[str, Any], operations: dict[tuple[str, str], Any]
) -> None:
    recognize = operations["post", "/v1/recognize"]
    explain, *others = recognize["parameters"]
    assert [other["name"] for other in others] == ["limit", "min_score", "remember", "async"]
    assert (explain["name"], explain["in"], explain["required"]) == ("explain", "query", False)
    assert explain["schema"]["type"] == "boolean"
    given = examples(description, recognize["responses"]["200"]["content"]["application/json"])
    assert ["explanation" in example for example in given] == [False, False, True]
    for example in given:
        RecognitionOut.model_validate(example, extra="forbid")
    schema = description["components"]["schemas"]["ExplanationOut"]
    assert set(schema["required"]) == set(schema["properties"]) == set(given[2]["explanation"])
    assert set(schema["properties"]["reason"]["enum"]) == set(get_args(Reason))


def test_api_document_names_every_reason_and_part_of_an_explanation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
    for name in (*get_args(Reason), *ExplanationOut.model_fields):
        assert f"`{name}`" in text


def test_api_document_names_every_route_and_code() -> None:
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
    for method, path in ROUTES - {("get", "/v1/listen")}:
        assert f"{method.upper()} {re.sub('{[a-z_]+}', '{id}', path)}" in text
    assert "WS /v1/listen" in text
    for code, answer in ANSWERS.items():
        assert f"| `{code}` | {answer.status} | {answer.close} |" in text
