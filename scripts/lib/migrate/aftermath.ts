import type { Account, Plan } from "./model/plan.ts";
import type { FinishResult, VerifyResult } from "./model/results.ts";

/**
 * The plan as it came true: what the server refused (an index that a value is too long for, a view that it reads otherwise) is
 * no longer in it, and its account says so and asks for a decision. Everything after `finish` goes by this one.
 * @param waive the user's word that such objects are left behind
 */
export function planAfter(plan: Plan, { refused }: FinishResult, waive: boolean): Plan {
  if (refused.length === 0) return plan;
  const unmade = new Set(refused.filter(({ made }) => !made).map(({ account }) => account));
  const invalid = new Set(refused.filter(({ made }) => made).map(({ account }) => account));
  const reasons = new Map(refused.map(({ account, reason }) => [account, reason]));
  return {
    ...plan,
    tables: plan.tables.map((table) => ({
      ...table,
      constraints: table.constraints
        .filter(({ account }) => !unmade.has(account))
        .map((constraint) => (invalid.has(constraint.account) ? { ...constraint, validate: false } : constraint)),
    })),
    objects: plan.objects.filter(({ account }) => !unmade.has(account)),
    accounts: plan.accounts.map((account) => refusedAccount(account, reasons.get(account.key), waive)),
  };
}

/** The plan after the proof: a view that shows another row of a group than SQLite does asks for a decision. */
export function planProven(plan: Plan, { open = [] }: VerifyResult, waive: boolean): Plan {
  if (open.length === 0) return plan;
  const keys = new Set(open.map(({ account }) => account));
  const reason =
    "it shows another row of a group than SQLite does, which leaves open which it is: name one by ORDER BY";
  return {
    ...plan,
    accounts: plan.accounts.map((account) => (keys.has(account.key) ? left(account, reason, waive) : account)),
  };
}

function refusedAccount(account: Account, reason: string | undefined, waive: boolean): Account {
  if (reason === undefined) return account;
  return left(account, `PostgreSQL refuses it: ${reason}`, waive);
}

const left = (account: Account, reason: string, waive: boolean): Account => ({
  ...account,
  outcome: waive ? "waived" : "undecided",
  reason: `${waive ? "--waive-untranslated: " : ""}${reason}`,
});
