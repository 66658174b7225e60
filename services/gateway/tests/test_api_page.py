"""docs/api.md says what the OpenAPI document says."""

import re
from pathlib import Path
from typing import Any

import pytest
from atlas_gateway.app import create_app
from atlas_gateway.parts import Parts

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
ROW = re.compile(r"^\| `([A-Z]+) (\S+)` \| (yes)? ?\| (.+) \|$", re.MULTILINE)


@pytest.fixture
def document(parts: Parts) -> dict[str, Any]:
    return create_app(parts.settings, parts).openapi()


def test_the_page_lists_every_operation_its_token_and_what_it_does(document: dict[str, Any]) -> None:
    described = {
        (method.upper(), path, bool(operation.get("security")), operation["summary"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    listed = {(method, path, bool(token), what) for method, path, token, what in ROW.findall(PAGE.read_text())}
    assert listed == described


def test_the_page_lists_every_decision_with_its_fields(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    mapping = schemas_of_decisions(document)
    text = PAGE.read_text()
    for kind, name in mapping.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{kind}` |"))
        assert all(f"`{field}`" in row for field in schemas[name]["properties"] if field != "kind")


def test_every_operation_and_every_resource_is_described(document: dict[str, Any]) -> None:
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert all(one.get("description") for one in operations)
    assert len({one["operationId"] for one in operations}) == len(operations)
    schemas = document["components"]["schemas"]
    assert [
        name for name, schema in schemas.items() if "description" not in schema and not name.startswith("Page_")
    ] == []


def schemas_of_decisions(document: dict[str, Any]) -> dict[str, str]:
    body = document["paths"]["/v1/curation"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return {kind: ref.rpartition("/")[2] for kind, ref in body["discriminator"]["mapping"].items()}


def test_every_operation_under_v1_documents_its_problems(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if path.startswith("/v1"):
                assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"]
