"""What Dagster recorded, as JSON."""

import dagster as dg


def dump_event(entry):
    event = entry.dagster_event
    dumped = {"level": entry.level, "message": entry.user_message, "type": event.event_type_value if event else "LOG"}
    if event is None:
        return dumped
    data = event.event_specific_data
    if event.event_type_value == "ASSET_MATERIALIZATION":
        dumped["asset"] = list(event.materialization.asset_key.path)
        dumped["partition"] = event.materialization.partition
        dumped["tags"] = dict(event.materialization.tags or {})
        dumped["metadata"] = dump_metadata(event.materialization.metadata)
    elif event.event_type_value == "ASSET_CHECK_EVALUATION":
        dumped["check"] = data.check_name
        dumped["passed"] = data.passed
        dumped["severity"] = data.severity.value
        dumped["metadata"] = dump_metadata(data.metadata)
    error = getattr(data, "error", None)
    if error is not None:
        dumped["error"] = dump_error(error)
    return dumped


def dump_metadata(metadata):
    return {name: {"class": type(value).__name__, "value": dump_value(value)} for name, value in metadata.items()}


def dump_value(value):
    if isinstance(value, dg.TableMetadataValue):
        return {"records": [dict(record.data) for record in value.records], "columns": dump_columns(value.schema)}
    if isinstance(value, dg.TableSchemaMetadataValue):
        return dump_columns(value.schema)
    if isinstance(value, dg.TableColumnLineageMetadataValue):
        lineage = value.column_lineage.deps_by_column
        return {
            column: [[list(dep.asset_key.path), dep.column_name] for dep in deps] for column, deps in lineage.items()
        }
    if isinstance(value, dg.DagsterAssetMetadataValue):
        return list(value.asset_key.path)
    # Python's own spelling shows what JSON would hide: 7 or 7.0, and every digit.
    return repr(value.value) if isinstance(value.value, int | float) else value.value


def dump_columns(schema):
    return [
        {
            "name": column.name,
            "type": column.type,
            "description": column.description,
            "nullable": column.constraints.nullable,
            "unique": column.constraints.unique,
            "other": list(column.constraints.other),
            "tags": dict(column.tags),
        }
        for column in schema.columns
    ]


def dump_error(error):
    return {
        "name": error.cls_name,
        "message": error.message,
        "stack": list(error.stack),
        "cause": dump_error(error.cause) if error.cause else None,
    }
