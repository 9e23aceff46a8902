"""As much of JSON Schema as the schema of the cases uses, to check documents without another package."""

from __future__ import annotations

import re
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),),
    "integer": (int,), "number": (int, float),
}  # fmt: skip

_KNOWN = frozenset((
    "$schema", "$id", "$defs", "$ref", "title", "description", "type", "const", "enum", "properties", "required",
    "additionalProperties", "items", "minItems", "minimum", "maximum", "pattern", "oneOf", "anyOf",
))  # fmt: skip


def problems(value: object, schema: dict[str, Any], root: dict[str, Any], at: str = "") -> list[str]:
    """Every place where `value` does not keep `schema`. Raises ValueError for a keyword that this does not know."""
    if unknown := set(schema) - _KNOWN:
        raise ValueError(f"keywords that are not supported: {sorted(unknown)}")
    if "$ref" in schema:
        return problems(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, at)
    found = _scalar_problems(value, schema, at)
    if "oneOf" in schema:
        fits = sum(not problems(value, option, root, at) for option in schema["oneOf"])
        found += [] if fits == 1 else [f"{at}: {fits} of {len(schema['oneOf'])} alternatives fit"]
    if "anyOf" in schema and all(problems(value, option, root, at) for option in schema["anyOf"]):
        found.append(f"{at}: no alternative fits")
    if isinstance(value, dict):
        found += _object_problems(value, schema, root, at)
    if isinstance(value, list):
        found += [f"{at}: too few items"] if len(value) < schema.get("minItems", 0) else []
        for index, item in enumerate(value):
            found += problems(item, schema.get("items", {}), root, f"{at}/{index}")
    return found


def _scalar_problems(value: object, schema: dict[str, Any], at: str) -> list[str]:
    found = []
    if "type" in schema:
        types = _TYPES[schema["type"]]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            found.append(f"{at}: is no {schema['type']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{at}: is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: is none of {schema['enum']}")
    if isinstance(value, (int, float)) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        found.append(f"{at}: {value} is out of range")
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{at}: {value[:40]!r} does not match {schema['pattern']}")
    return found


def _object_problems(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], at: str) -> list[str]:
    found = [f"{at}: {name} is missing" for name in schema.get("required", ()) if name not in value]
    properties = schema.get("properties", {})
    rest = schema.get("additionalProperties", {})
    for name, item in value.items():
        if name in properties:
            found += problems(item, properties[name], root, f"{at}/{name}")
        elif rest is False:
            found.append(f"{at}: {name} is not known")
        else:
            found += problems(item, rest, root, f"{at}/{name}")
    return found
