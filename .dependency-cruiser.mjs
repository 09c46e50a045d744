// Which way imports go. The picture is in docs/architecture.md; `npm test` checks it.

/** @param {string} name @param {string} comment @param {object} from @param {object} to */
const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    forbid("no-cycles", "a cycle means two files are one thing", {}, { circular: true }),
    forbid("no-missing", "every import resolves", {}, { couldNotResolve: true, pathNot: "^node:sqlite$" }),
    forbid(
      "nothing-imports-tests",
      "tests look at the code, never the other way",
      { pathNot: "^tests/" },
      { path: "^tests/" },
    ),
    forbid(
      "scripts-know-infra-by-contract",
      "scripts know a stack only through its outputs",
      { path: "^scripts/" },
      { path: "^infra/", pathNot: "^infra/contract[.]ts$" },
    ),
    forbid(
      "scripts-do-not-import-the-engine",
      "it is a program that they run",
      { path: "^scripts/" },
      { path: "^engine/" },
    ),
    forbid(
      "verbs-are-thin",
      "a verb imports the library and zx, nothing else; only an older name of one imports the verb",
      { path: "^scripts/[^/]+[.]mjs$", pathNot: "^scripts/restore-drill[.]mjs$" },
      { pathNot: ["^scripts/(lib|bootstrap)/", "^node_modules/zx/", "^(node:)?(path|process|url)$"] },
    ),
    forbid(
      "infra-knows-no-scripts",
      "infra declares what exists",
      { path: "^infra/" },
      { path: "^(scripts|engine|examples)/" },
    ),
    forbid(
      "engine-stands-alone",
      "it loads whatever program Pulumi.yaml names",
      { path: "^engine/" },
      { path: "^(infra|scripts|examples)/" },
    ),
    forbid(
      "contract-has-no-pulumi",
      "scripts import it",
      { path: "^infra/contract[.]ts$" },
      { pathNot: "^node_modules/zod/" },
    ),
    forbid(
      "providers-have-no-pulumi",
      "plain create, read, update, delete, tested without Pulumi",
      { path: "^infra/providers/" },
      { path: "^(node_modules/@pulumi/|infra/(targets|components|index|config))" },
    ),
    forbid(
      "targets-do-not-know-each-other",
      "what they share is a component",
      { path: "^infra/targets/([^/]+)/" },
      { path: "^infra/targets/([^/]+)/", pathNot: "^infra/targets/$1/" },
    ),
    forbid(
      "only-aws-imports-aws",
      "",
      { pathNot: "^(infra/targets/aws/|tests/)" },
      { path: "^node_modules/@pulumi/aws/" },
    ),
    forbid(
      "only-docker-imports-docker",
      "",
      { pathNot: "^(infra/targets/docker/|tests/)" },
      { path: "^node_modules/@pulumi/docker/" },
    ),
    forbid(
      "only-db-imports-drivers",
      "one place knows how to speak to PostgreSQL and SQLite",
      { path: "^(scripts|infra|engine)/", pathNot: "^scripts/lib/db/" },
      { path: ["^node_modules/pg(-copy-streams)?/", "^(node:)?sqlite$"] },
    ),
    forbid(
      "verify-stands-alone",
      "a proof by the code that did the work proves nothing",
      { path: "^scripts/lib/migrate/verify/" },
      {
        path: "^(scripts|infra|engine)/",
        pathNot: "^scripts/lib/(migrate/(model|verify)/|db/|cli/|paths[.]ts$)",
      },
    ),
    forbid(
      "the-proof-reads-through-sqlite",
      "loader and profile read the file's pages themselves: what they misread, the proof has to see",
      { path: "^scripts/lib/migrate/(verify|snapshot)/" },
      { path: "^scripts/lib/db/sqlite-pages/" },
    ),
    forbid(
      "verify-is-not-borrowed-from",
      "what the loader took from here would be proven by itself",
      { path: "^scripts/lib/migrate/(load|profile|plan|schema|finish|snapshot|control|sql)/" },
      { path: "^scripts/lib/migrate/verify/" },
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: ["^[.]landfall/", "/fixtures/"] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { conditionNames: ["import", "require", "node", "default", "types"] },
  },
};
