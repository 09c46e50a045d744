-- As Rails writes it for SQLite: quoted snake_case tables, varchar, datetime(6), booleans as 0 and 1, a polymorphic reference.
CREATE TABLE "schema_migrations" ("version" varchar NOT NULL PRIMARY KEY);
CREATE TABLE "ar_internal_metadata" ("key" varchar NOT NULL PRIMARY KEY, "value" varchar, "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL);
CREATE TABLE "boards" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "name" varchar NOT NULL, "slug" varchar NOT NULL, "is_public" boolean DEFAULT 1 NOT NULL, "settings" json DEFAULT '{}' NOT NULL, "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL);
CREATE UNIQUE INDEX "index_boards_on_slug" ON "boards" ("slug");
CREATE TABLE "posts" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "board_id" integer NOT NULL, "title" varchar(140) NOT NULL, "body" text, "state" integer DEFAULT 0 NOT NULL, "score" decimal(8,2) DEFAULT 0.0 NOT NULL, "due_on" date, "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL, CONSTRAINT "fk_rails_9f2b1c0a11"
FOREIGN KEY ("board_id")
  REFERENCES "boards" ("id")
);
CREATE INDEX "index_posts_on_board_id" ON "posts" ("board_id");
CREATE INDEX "index_posts_on_board_id_and_created_at" ON "posts" ("board_id", "created_at" DESC);
CREATE TABLE "votes" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "votable_type" varchar NOT NULL, "votable_id" integer NOT NULL, "voter" varchar NOT NULL, "up" boolean DEFAULT 1 NOT NULL, "created_at" datetime(6) NOT NULL);
CREATE UNIQUE INDEX "index_votes_on_votable_and_voter" ON "votes" ("votable_type", "votable_id", "voter");
