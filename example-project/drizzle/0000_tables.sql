CREATE TABLE "airlines" (
	"carrier" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "airports" (
	"faa" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"lat" double precision NOT NULL,
	"lon" double precision NOT NULL,
	"alt" integer NOT NULL,
	"tz" smallint NOT NULL,
	"dst" text NOT NULL,
	"tzone" text
);
--> statement-breakpoint
CREATE TABLE "daily_delays" (
	"flight_date" date NOT NULL,
	"origin" text NOT NULL,
	"flights" integer NOT NULL,
	"cancelled" integer NOT NULL,
	"avg_dep_delay" numeric(8, 2),
	"avg_arr_delay" numeric(8, 2),
	"avg_wind_speed" numeric(8, 2),
	"total_precip" numeric(8, 2),
	"avg_visib" numeric(8, 2),
	CONSTRAINT "daily_delays_flight_date_origin_pk" PRIMARY KEY("flight_date","origin")
);
--> statement-breakpoint
CREATE TABLE "flights" (
	"flight_date" date NOT NULL,
	"carrier" text NOT NULL,
	"flight" integer NOT NULL,
	"origin" text NOT NULL,
	"dest" text NOT NULL,
	"tailnum" text,
	"dep_time" integer,
	"sched_dep_time" integer NOT NULL,
	"arr_time" integer,
	"sched_arr_time" integer NOT NULL,
	"dep_delay" integer,
	"arr_delay" integer,
	"air_time" integer,
	"distance" integer NOT NULL,
	"hour" smallint NOT NULL,
	"minute" smallint NOT NULL,
	"time_hour" timestamp with time zone NOT NULL,
	CONSTRAINT "flights_flight_date_carrier_flight_origin_pk" PRIMARY KEY("flight_date","carrier","flight","origin")
);
--> statement-breakpoint
CREATE TABLE "planes" (
	"tailnum" text PRIMARY KEY NOT NULL,
	"year" integer,
	"type" text NOT NULL,
	"manufacturer" text NOT NULL,
	"model" text NOT NULL,
	"engines" smallint NOT NULL,
	"seats" integer NOT NULL,
	"speed" integer,
	"engine" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "weather" (
	"origin" text NOT NULL,
	"time_hour" timestamp with time zone NOT NULL,
	"weather_date" date NOT NULL,
	"hour" smallint NOT NULL,
	"temp" double precision,
	"dewp" double precision,
	"humid" double precision,
	"wind_dir" integer,
	"wind_speed" double precision,
	"wind_gust" double precision,
	"precip" double precision NOT NULL,
	"pressure" double precision,
	"visib" double precision NOT NULL,
	CONSTRAINT "weather_origin_time_hour_pk" PRIMARY KEY("origin","time_hour")
);
--> statement-breakpoint
CREATE INDEX "weather_weather_date_index" ON "weather" USING btree ("weather_date");