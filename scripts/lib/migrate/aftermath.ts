import type { Account, Plan } from "./model/plan.ts";
import type { FinishResult } from "./model/results.ts";

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

function refusedAccount(account: Account, reason: string | undefined, waive: boolean): Account {
  if (reason === undefined) return account;
  return {
    ...account,
    outcome: waive ? "waived" : "undecided",
    reason: `${waive ? "--waive-untranslated: " : ""}PostgreSQL refuses it: ${reason}`,
  };
}
