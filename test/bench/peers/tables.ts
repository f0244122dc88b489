const COLUMNS = `(id int PRIMARY KEY, customer_id int NOT NULL, created_at timestamptz NOT NULL, status text NOT NULL,
  amount numeric(12,2) NOT NULL, quantity smallint NOT NULL, email text, note text`;

/** The target as each contender finds it. */
export const ORDERS = `DROP TABLE IF EXISTS orders; CREATE TABLE orders ${COLUMNS})`;

/** The same with what Millrace keeps in it where it is asked to. */
export const HASHED_ORDERS = `CREATE SCHEMA IF NOT EXISTS hashed; DROP TABLE IF EXISTS hashed.orders;
  CREATE TABLE hashed.orders ${COLUMNS}, row_hash text)`;

/** With an index for who looks for a day's rows. */
export const ORDERS_BY_DAY = `${ORDERS}; CREATE INDEX orders_created_at ON orders (created_at)`;

export const CUSTOMERS = `DROP TABLE IF EXISTS customers;
  CREATE TABLE customers (id int PRIMARY KEY, sequence bigint NOT NULL, name text NOT NULL, amount numeric(12,2) NOT NULL)`;
