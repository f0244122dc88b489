"""What polars reads orders as, and how they go on from where ADBC has put them."""

import polars as pl
from orders import MERGE

TYPES = {
    "id": pl.Int32,
    "customer_id": pl.Int32,
    "created_at": pl.Datetime("us", "UTC"),
    "status": pl.String,
    "amount": pl.String,
    "quantity": pl.Int16,
    "email": pl.String,
    "note": pl.String,
}
# ADBC writes numerics as text, which `COPY` in binary does not take for a numeric column: they are cast in SQL.
CAST_MERGE = MERGE.replace(
    "status, amount, quantity, email, note FROM",
    "status, amount::numeric, quantity, email, note FROM",
)
INSERT = CAST_MERGE.split(" ON CONFLICT", 1)[0]
