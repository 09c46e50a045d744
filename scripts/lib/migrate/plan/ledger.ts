import { LandfallError } from "../../cli/errors.ts";
import type { Account } from "../model/plan.ts";
import type { Mapping } from "./mapping.ts";

/** The key of an account. Names that hold more than word characters are quoted, so that two objects never share a key. */
export function accountKey(kind: string, ...names: (string | number)[]): string {
  return `${kind} ${names.map((name) => (/^[\p{L}\p{N}_$]+$/u.test(String(name)) ? name : JSON.stringify(name))).join(".")}`;
}

/** Every object and every part of one is entered here exactly once. */
export class Ledger {
  readonly #accounts = new Map<string, Account>();
  readonly #waivers: Map<string, string>;

  constructor(waivers: Mapping["waive"]) {
    this.#waivers = new Map(waivers.map(({ object, reason }) => [object, reason]));
  }

  /** Why the user leaves it behind, where a mapping says so. */
  waiver(key: string): string | undefined {
    return this.#waivers.get(key);
  }

  /** Enters an account; what the user waives ends as waived. @returns whether the object is made in the target */
  enter(account: Account): boolean {
    if (this.#accounts.has(account.key)) {
      throw new LandfallError("internal", `accounted twice: ${account.key}`, "report this with the file's schema");
    }
    const reason = this.waiver(account.key);
    const entered = reason === undefined ? account : { ...account, outcome: "waived" as const, target: null, reason };
    this.#accounts.set(account.key, entered);
    return entered.outcome === "migrated" || entered.outcome === "translated";
  }

  get all(): Account[] {
    return [...this.#accounts.values()];
  }

  /** @throws {LandfallError} usage, for waivers and translations of what is not there, or of what cannot be given by hand */
  checkMapping({ translate }: Mapping): void {
    const absent = (keys: Iterable<string>) => [...keys].filter((key) => !this.#accounts.has(key));
    const problems = [
      ...absent(this.#waivers.keys()).map((key) => `it waives ${key}, which is not there`),
      ...absent(Object.keys(translate)).map((key) => `it translates ${key}, which is not there`),
      ...Object.keys(translate)
        .filter((key) => this.#accounts.has(key) && !byHand.includes(this.#accounts.get(key)?.kind ?? ""))
        .map((key) => `it translates ${key}; only a ${byHand.join(", ")} can be given by hand`),
    ];
    if (problems.length === 0) return;
    throw new LandfallError(
      "usage",
      `the mapping does not fit: ${problems.join("; ")}`,
      "take the names from the accounts in the plan",
    );
  }
}

/** What a mapping may give PostgreSQL's SQL for. */
const byHand = ["check", "default", "generated", "index", "view", "trigger"];
