import { count, counted } from "../../cli/table.ts";
import type { Check } from "./check.ts";
import type { TableResult } from "./values/prove.ts";

/** What the rows come to, as checks with a name: every value, every count, every row in quarantine. */
export function rowChecks(results: TableResult[]): Check[] {
  const rows = results.reduce((sum, { proof }) => sum + proof.rows, 0);
  const values = results.reduce((sum, { proof }) => sum + proof.values, 0);
  const quarantined = results.reduce((sum, { proof }) => sum + proof.quarantined, 0);
  const unequal = results.filter(({ proof }) => !proof.equal);
  const short = results.filter(({ proof, targetRows }) => proof.rows !== targetRows + proof.quarantined);
  const partial = results.filter(({ complete }) => !complete).map(({ proof }) => proof.source);
  const strange = results.flatMap(({ differences }) => differences.filter(({ kind }) => kind === "quarantine"));
  return [
    {
      name: "values",
      passed: unequal.length === 0,
      detail:
        unequal.length === 0
          ? `${counted(values, "value")} in ${counted(rows, "row")} of ${counted(results.length, "table")} are equal`
          : `${unequal.map(({ proof }) => proof.source).join(", ")} differ${
              partial.length > 0 ? `; more rows than are listed in ${partial.join(", ")}` : ""
            }`,
    },
    {
      name: "counts",
      passed: short.length === 0,
      detail:
        short.length === 0
          ? "each table's rows in the target and in quarantine make up those of the source"
          : short
              .map(
                ({ proof, targetRows }) =>
                  `${proof.source}: ${counted(proof.rows, "row")} in the source, ${targetRows} in the target, ${proof.quarantined} in quarantine`,
              )
              .join("; "),
    },
    {
      name: "quarantine",
      passed: strange.length === 0,
      detail:
        strange[0]?.text ??
        (quarantined === 0
          ? "nothing is in quarantine"
          : `rows in quarantine: ${count(quarantined)}, each with every value as the source has it`),
    },
  ];
}
