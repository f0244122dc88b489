"""What Arrow reads orders and changes as."""

import pyarrow as pa

TYPES = {
    "id": pa.int32(),
    "customer_id": pa.int32(),
    "created_at": pa.timestamp("us", "UTC"),
    "status": pa.string(),
    "amount": pa.decimal128(12, 2),
    "quantity": pa.int16(),
    "email": pa.string(),
    "note": pa.string(),
    "operation": pa.string(),
    "sequence": pa.int64(),
    "name": pa.string(),
}
