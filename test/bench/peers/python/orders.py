"""The table of orders, as all peers have it."""

COLUMNS = [
    "id",
    "customer_id",
    "created_at",
    "status",
    "amount",
    "quantity",
    "email",
    "note",
]
NAMES = ", ".join(COLUMNS)
SET = ", ".join(f"{column} = excluded.{column}" for column in COLUMNS[1:])

MERGE = f"INSERT INTO orders ({NAMES}) SELECT {NAMES} FROM stage ON CONFLICT (id) DO UPDATE SET {SET}"
STAGE = "CREATE TEMP TABLE stage (LIKE orders) ON COMMIT DROP"
DELETE_DAY = "DELETE FROM orders WHERE created_at >= '2024-06-15Z' AND created_at < '2024-06-16Z'"
