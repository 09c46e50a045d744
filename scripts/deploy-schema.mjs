#!/usr/bin/env zx
// Makes the application's own schema in the database.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { deploySchema } = await import("./lib/schema-deploy/deploy.ts");
const { destinationOf } = await import("./lib/migrate/destination.ts");
const { targetOption } = await import("./lib/migrate/options.ts");

await runVerb(import.meta, {
  summary: "Make the application's own schema: ordered .sql files, or the migrations of its Prisma.",
  details:
    "Files are called 001_name.sql, 002_name.sql and so on; each is applied once, in a transaction, and may not change afterwards. Load the data into that schema with: npm run migrate -- --existing-schema.",
  mutates: true,
  options: (command) => {
    targetOption(command);
    command.option("--schema-dir <folder>", "the folder of the .sql files");
    command.option("--prisma <folder>", "the folder of an application that brings Prisma");
  },
  run: async ({ stack, target, schemaDir, prisma, dryRun }, reporter) => {
    const result = await deploySchema(await destinationOf({ stack, target }), { schemaDir, prisma, dryRun }, reporter);
    return { data: result, text: result.text };
  },
});
