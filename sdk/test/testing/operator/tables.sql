CREATE TABLE orders (id integer PRIMARY KEY, customer text NOT NULL, cents bigint NOT NULL);
CREATE TABLE visits (id integer NOT NULL, page text NOT NULL);
