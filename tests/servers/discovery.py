"""YouTube's discovery document, and what it says of requests and answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import googleapiclient

DISCOVERY = json.loads(
    Path(
        googleapiclient.__file__, "..", "discovery_cache", "documents", "youtube.v3.json"
    ).resolve().read_text("utf-8")
)  # fmt: skip


def request_faults(method: dict[str, Any], query: dict[str, str]) -> list[str]:
    """List what is wrong with the parameters of a request."""
    known = method["parameters"] | DISCOVERY["parameters"]
    faults = [f"unknown parameter {name}" for name in query if name not in known]
    faults += [
        f"missing parameter {name}"
        for name, one in known.items()
        if one.get("required") and name not in query
    ]
    for name, value in query.items():
        one = known.get(name, {})
        if one.get("type") == "integer" and not (
            value.isdigit()
            and int(one.get("minimum", 0)) <= int(value) <= int(one.get("maximum", 2**31))
        ):
            faults.append(f"{name}={value} is out of range")
        if "enum" in one and value not in one["enum"]:
            faults.append(f"{name}={value} is none of {one['enum']}")
    if "key" not in query:
        faults.append("missing parameter key")
    return faults


def answer_faults(schema: dict[str, Any], value: object, place: str = "") -> list[str]:
    """List where an answer is not what its schema says."""
    if "$ref" in schema:
        return answer_faults(DISCOVERY["schemas"][schema["$ref"]], value, place)
    types = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    if not isinstance(value, types.get(schema.get("type", ""), object)):
        return [f"{place} is no {schema['type']}"]
    faults = []
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        faults += [f"{place}.{name} is unknown" for name in value if name not in properties]
        for name in set(value) & set(properties):
            faults += answer_faults(properties[name], value[name], f"{place}.{name}")
    if isinstance(value, list):
        for item in value:
            faults += answer_faults(schema["items"], item, f"{place}[]")
    return faults
