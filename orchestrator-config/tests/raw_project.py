"""Projects whose operators are small scripts that speak the protocol directly, well or badly."""

import json
from pathlib import Path
from typing import Any

MAIN = Path(__file__).parent / "raw" / "main.mjs"


def operator(script: str = "", **changes: Any) -> dict[str, Any]:
    """The manifest's entry of an operator and the body of its script, which has the functions of `raw/main.mjs`."""
    manifest: dict[str, Any] = {
        "assetKey": None,
        "description": None,
        "group": None,
        "kinds": ["typescript", "postgres"],
        "owners": [],
        "tags": {},
        "codeVersion": "1",
        "partitions": None,
        "dependsOn": [],
        "configSchema": {"type": "object", "properties": {}},
        "checks": [],
        "target": None,
        "load": None,
        "retry": None,
        "pool": None,
    }
    return {"script": script, "manifest": {**manifest, **changes}}


def write_project(folder: Path, operators: dict[str, dict[str, Any]]) -> Path:
    """Writes a project with these operators, by name, and returns its folder."""
    sdk = folder / "node_modules" / "@millrace" / "sdk"
    sdk.mkdir(parents=True, exist_ok=True)
    description = {"name": "@millrace/sdk", "version": "0.1.0", "bin": {"millrace": "./main.mjs"}}
    (sdk / "package.json").write_text(json.dumps(description))
    (sdk / "main.mjs").write_text(MAIN.read_text())
    (folder / "package.json").write_text(json.dumps({"name": "raw", "dependencies": {"@millrace/sdk": "0.1.0"}}))
    (folder / "operators").mkdir(exist_ok=True)
    entries = []
    for name, parts in operators.items():
        file = f"operators/{name}.mjs"
        (folder / file).write_text(f"export default async (pipes) => {{\n{_body(parts['script'])}\n}};\n")
        entry = {**parts["manifest"], "name": name, "file": file}
        entries.append({**entry, "assetKey": entry["assetKey"] or [name]})
    manifest = {"manifestVersion": 1, "sdkVersion": "0.1.0", "operators": entries}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def _body(script: str) -> str:
    names = "context, write, send, error, keys, sleep, log, opened, closed, materialized, checked, completed, failed"
    return f"const {{ {names}, checkedPartition, project, spawn, writeFileSync }} = pipes;\n{script}"
