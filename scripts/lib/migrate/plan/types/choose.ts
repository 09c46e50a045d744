import { type ColumnFacts, describe, type TypeChoice } from "./choice.ts";
import { byContent } from "./content.ts";
import { type Declared, isSmall, readDeclared } from "./family.ts";
import { asJson, asUuid } from "./forms.ts";
import { hint } from "./hint.ts";
import { asDate, asMoment, asTime } from "./moments.ts";
import { asBoolean, asDecimal, asInteger, asReal } from "./numbers.ts";

/**
 * The type for a column: what its declaration means, where the values that were seen all fit it; else what its values are.
 * Never a type that a value contradicts.
 */
export function chooseType(facts: ColumnFacts): TypeChoice {
  const declared = readDeclared(facts.column.declaredType, facts.column.affinity);
  const meant = byDeclaration(facts, declared);
  if (meant) return { ...meant, reason: withHint(meant.reason, facts, meant) };
  const choice = byContent(facts, declared);
  return { ...choice, reason: withHint(choice.reason, facts, choice) };
}

function byDeclaration(facts: ColumnFacts, declared: Declared): TypeChoice | null {
  switch (declared.family) {
    case "boolean":
      return asBoolean(facts);
    case "integer":
      return asInteger(facts, isSmall(declared.name));
    case "real":
      return asReal(facts);
    case "decimal":
      return asDecimal(facts, declared);
    case "moment":
      return asMoment(facts, declared);
    case "date":
      return asDate(facts);
    case "time":
      return asTime(facts);
    case "json":
      return asJson(facts);
    case "uuid":
      return asUuid(facts);
    case "text":
      return asText(facts, declared);
    default:
      return null;
  }
}

function asText(facts: ColumnFacts, declared: Declared): TypeChoice | null {
  if (facts.checkedJson) {
    const json = asJson(facts);
    if (json) return { ...json, reason: `a CHECK says that it is JSON; ${json.reason}` };
  }
  if (facts.framework === "django" && declared.name === "CHAR" && declared.args[0] === 32) {
    const uuid = asUuid(facts);
    if (uuid && facts.seen.count > 0) return { ...uuid, reason: `Django keeps a UUID as char(32); ${uuid.reason}` };
  }
  return null;
}

/** What else it could be, by the user's word, and what it is declared as where that did not hold. */
function withHint(reason: string, facts: ColumnFacts, choice: TypeChoice): string {
  const extra = hint(facts, choice);
  return extra === "" ? reason : `${reason}; ${extra}`;
}

export { describe };
