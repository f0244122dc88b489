-- What the operators of this folder write, beside the example's own tables.
CREATE SCHEMA IF NOT EXISTS patterns;

CREATE TABLE IF NOT EXISTS patterns.planes (
  tailnum text PRIMARY KEY, year integer, type text NOT NULL, manufacturer text NOT NULL, model text NOT NULL,
  engines smallint NOT NULL, seats integer NOT NULL, speed integer, engine text NOT NULL, row_hash text
);

CREATE TABLE IF NOT EXISTS patterns.departures (
  time_hour timestamptz NOT NULL, carrier text NOT NULL, flight integer NOT NULL, origin text NOT NULL,
  dest text NOT NULL, dep_delay integer,
  PRIMARY KEY (time_hour, carrier, flight, origin)
);

CREATE TABLE IF NOT EXISTS patterns.late_departures (LIKE patterns.departures INCLUDING ALL);

CREATE TABLE IF NOT EXISTS patterns.carriers (
  carrier text PRIMARY KEY, name text NOT NULL, changed bigint NOT NULL, deleted_at timestamptz
);

CREATE TABLE IF NOT EXISTS patterns.delays_by_carrier (
  day date NOT NULL, carrier text NOT NULL, flights integer NOT NULL, avg_delay numeric(8, 2), PRIMARY KEY (day, carrier)
);

CREATE TABLE IF NOT EXISTS patterns.airports (
  faa text PRIMARY KEY, name text NOT NULL, lat double precision NOT NULL, lon double precision NOT NULL
);
