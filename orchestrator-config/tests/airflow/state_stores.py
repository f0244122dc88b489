"""What Airflow keeps in its own tables of a task and an asset."""

import json


def stored(table: str, key: str):
    from airflow.utils.session import create_session
    from sqlalchemy import text

    with create_session() as session:
        value = session.execute(
            text(f"SELECT value FROM {table} WHERE key = :key ORDER BY updated_at DESC LIMIT 1"), {"key": key}
        ).scalar()
    return json.loads(value) if isinstance(value, str) else value


def stored_rows(table: str, column: str, run_id: str, by: str = "run_id") -> list[str]:
    from airflow.utils.session import create_session
    from sqlalchemy import text

    with create_session() as session:
        found = session.execute(text(f"SELECT {column} FROM {table} WHERE {by} = :run"), {"run": run_id}).scalars()
        return [value if isinstance(value, str) else json.dumps(value) for value in found]
