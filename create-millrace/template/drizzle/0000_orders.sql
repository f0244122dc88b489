CREATE TABLE "orders" (
	"id" integer PRIMARY KEY NOT NULL,
	"day" date NOT NULL,
	"customer" text NOT NULL,
	"amount" numeric(12, 2) NOT NULL
);
