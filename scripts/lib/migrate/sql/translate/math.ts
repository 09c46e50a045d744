import { asNumber } from "./coerce.ts";
import { type Kind, real, refuse, type Typed } from "./typed.ts";

const asFloat = (x: Typed | undefined): string => {
  const value = asNumber(x ?? refuse("a function with too few arguments"));
  return value.kind === "real" ? value.sql : `${value.sql}::double precision`;
};

/** A function of PostgreSQL over floats: the last digits may differ. */
const float =
  (name: string) =>
  (args: Typed[]): Typed =>
    real(`${name}(${args.map(asFloat).join(", ")})`, { approximate: true });

/** The same where SQLite gives NULL outside of what the function is for, and PostgreSQL an error. @param holds SQL over x */
const within =
  (name: string, holds: (x: string) => string) =>
  ([x]: Typed[]): Typed =>
    real(`(CASE WHEN ${holds(asFloat(x))} THEN ${name}(${asFloat(x)}) END)`, { approximate: true });

const positive = (x: string) => `${x} > 0`;
const inUnit = (x: string) => `abs(${x}) <= 1`;

function power([x, y]: Typed[]): Typed {
  const [base, exponent] = [asFloat(x), asFloat(y)];
  // A root of a negative number is none.
  const holds = `(${base} >= 0 OR ${exponent} = trunc(${exponent}))`;
  const infinite = `WHEN ${base} = 0 AND ${exponent} < 0 THEN 'Infinity'`;
  return real(`(CASE ${infinite} WHEN ${holds} THEN power(${base}, ${exponent}) END)`, { approximate: true });
}

/** log(X) is to the base of 10, log(B, X) to that of B. */
function log([first, second]: Typed[]): Typed {
  if (!second) return within("log10", positive)(first ? [first] : []);
  const [base, x] = [asFloat(first), asFloat(second)];
  const holds = `${base} > 0 AND ${base} <> 1 AND ${x} > 0`;
  return real(`(CASE WHEN ${holds} THEN ln(${x}) / ln(${base}) END)`, { approximate: true });
}

function log2([x]: Typed[]): Typed {
  return real(`(CASE WHEN ${asFloat(x)} > 0 THEN ln(${asFloat(x)}) / ln(2::double precision) END)`, {
    approximate: true,
  });
}

/** A float of what is left of a division; of floats PostgreSQL has none. */
function mod([x, y]: Typed[]): Typed {
  const [left, right] = [asNumber(x ?? refuse("mod() without a number")), asNumber(y ?? refuse("mod() by nothing"))];
  if (left.kind !== "integer" || right.kind !== "integer") return refuse("mod() of floats");
  // Beyond 2^53 a float has not all of an integer's digits.
  const float = ({ sql }: Typed) => `${sql}::double precision::bigint`;
  return real(`(${float(left)} % NULLIF(${float(right)}, 0))::double precision`);
}

const whole =
  (name: string) =>
  ([x]: Typed[]): Typed => {
    const value = asNumber(x ?? refuse(`${name}() without a number`));
    if (value.kind === "integer") return value;
    const kind: Kind = value.kind;
    return { sql: `${name}(${value.sql})`, kind, ...(value.approximate ? { approximate: true } : {}) };
  };

/** SQLite's functions of mathematics. */
export const maths: Record<string, (args: Typed[]) => Typed> = {
  acos: within("acos", inUnit),
  acosh: within("acosh", (x) => `${x} >= 1`),
  asin: within("asin", inUnit),
  asinh: float("asinh"),
  atan: float("atan"),
  atan2: float("atan2"),
  atanh: within("atanh", (x) => `abs(${x}) < 1`),
  ceil: whole("ceil"),
  ceiling: whole("ceil"),
  cos: float("cos"),
  cosh: float("cosh"),
  degrees: float("degrees"),
  exp: float("exp"),
  floor: whole("floor"),
  ln: within("ln", positive),
  log,
  log10: within("log10", positive),
  log2,
  mod,
  pi: () => real("pi()"),
  pow: power,
  power,
  radians: float("radians"),
  sin: float("sin"),
  sinh: float("sinh"),
  sqrt: within("sqrt", (x) => `${x} >= 0`),
  tan: float("tan"),
  tanh: float("tanh"),
  trunc: whole("trunc"),
};
