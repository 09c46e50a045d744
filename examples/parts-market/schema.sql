-- As Django's migrations write it for SQLite: app_model tables, "bool", decimals, ISO texts with a space, CHECKs for unsigned
-- and for JSON, deferred foreign keys.
CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
CREATE TABLE "auth_user" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "password" varchar(128) NOT NULL, "last_login" datetime NULL, "is_superuser" bool NOT NULL, "username" varchar(150) NOT NULL UNIQUE, "email" varchar(254) NOT NULL, "is_active" bool NOT NULL, "date_joined" datetime NOT NULL);
CREATE TABLE "market_part" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" varchar(40) NOT NULL UNIQUE, "title" varchar(200) NOT NULL, "price" decimal NOT NULL, "stock" integer unsigned NOT NULL CHECK ("stock" >= 0), "fits" text NOT NULL CHECK ((JSON_VALID("fits") OR "fits" IS NULL)), "uid" char(32) NOT NULL, "released" date NULL);
CREATE TABLE "market_offer" ("id" bigint NOT NULL PRIMARY KEY, "part_id" integer NOT NULL REFERENCES "market_part" ("id") DEFERRABLE INITIALLY DEFERRED, "seller_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED, "price" decimal NOT NULL, "created" datetime NOT NULL, "duration" bigint NULL, "note" text NOT NULL);
CREATE INDEX "market_offer_part_id_7c1f0a3e" ON "market_offer" ("part_id");
CREATE INDEX "market_offer_seller_id_0b2d9e11" ON "market_offer" ("seller_id");
CREATE UNIQUE INDEX "market_offer_part_seller_3a55_uniq" ON "market_offer" ("part_id", "seller_id", "created");
CREATE TABLE "django_session" ("session_key" varchar(40) NOT NULL PRIMARY KEY, "session_data" text NOT NULL, "expire_date" datetime NOT NULL);
