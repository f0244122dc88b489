-- What Dagster remembers, and what the operators load, each in a database of its own.
CREATE DATABASE dagster;
CREATE DATABASE warehouse;
