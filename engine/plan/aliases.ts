import { makeUrn, nameOf, typeOf } from "../urn.ts";
import type { Alias, Goal } from "./goal.ts";

/**
 * The URNs that a resource may have in the old state: those of its aliases, and those that follow from its parent's.
 * @param parentAliases the former URNs of the parent
 */
export function formerUrns(
  goal: Goal,
  urn: string,
  parentAliases: string[],
  { stack, project }: { stack: string; project: string },
): string[] {
  const resolve = (alias: Alias, parent: string): string => {
    if ("urn" in alias) return alias.urn;
    const above = alias.parent ?? parent;
    return makeUrn(
      alias.stack || stack,
      alias.project || project,
      above,
      alias.type || goal.type,
      alias.name || goal.name,
    );
  };
  const own = goal.aliases.map((alias) => resolve(alias, goal.parent));
  const inherited = parentAliases.flatMap((parent) => {
    const self = makeUrn(stack, project, parent, goal.type, inheritedName(goal.name, goal.parent, parent));
    return [self, ...goal.aliases.map((alias) => resolve(alias, parent))];
  });
  return [...new Set([...own, ...inherited])].filter((former) => former !== urn && typeOf(former) !== "");
}

/** A child's name that begins with its parent's began with the parent's former one. */
function inheritedName(name: string, parent: string, former: string): string {
  const [now, before] = [nameOf(parent), nameOf(former)];
  return name.startsWith(now) ? `${before}${name.slice(now.length)}` : name;
}
