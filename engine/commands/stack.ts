import { readFileSync, statSync, writeFileSync } from "node:fs";
import { maskSecrets } from "../display/mask.ts";
import { EngineError } from "../errors.ts";
import { newCrypter, openCrypter, passphraseFromEnvironment } from "../secrets/passphrase.ts";
import { checkDeployment, type Deployment, deploymentOf, openDeployment, wrapDeployment } from "../state/checkpoint.ts";
import { isLocked, takeLock } from "../state/lock.ts";
import { stackType } from "../urn.ts";
import { stripSecrets } from "../values.ts";
import type { Flags } from "./flags.ts";
import { openProject, openStack } from "./stack-context.ts";

const write = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

export function listStacks(flags: Flags): void {
  const { backend } = openProject(flags);
  const rows = backend.stacks().map((name) => {
    const deployment = readable(() => deploymentOf(backend.read(name)));
    return {
      name,
      current: false,
      lastUpdate: deployment?.manifest?.time ?? statSync(backend.stackFile(name)).mtime.toISOString(),
      updateInProgress: isLocked(backend, name),
      resourceCount: deployment?.resources?.length ?? 0,
    };
  });
  if (flags.json) write(JSON.stringify(rows, null, 2));
  else
    for (const { name, lastUpdate, resourceCount } of rows) write(`${name}  ${lastUpdate}  ${resourceCount} resources`);
}

/** A state that cannot be read is the problem of whoever works on that stack, not of the list. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Makes the stack's entry, empty. Its secrets are opened by the passphrase of now from here on. */
export function initStack(name: string | undefined, flags: Flags): void {
  const context = openStack({ ...flags, stack: name ?? flags.stack });
  const { backend, project } = context;
  if (backend.has(context.name)) throw new EngineError(`stack '${context.name}' already exists`);
  const passphrase = passphraseFromEnvironment();
  // A salt that the stack's file brings along has to be that of this passphrase.
  const { salt } = context.config;
  const crypter = salt === undefined ? newCrypter(passphrase) : openCrypter(passphrase, salt);
  const latest: Deployment = { secrets_providers: { type: "passphrase", state: { salt: crypter.salt } }, metadata: {} };
  backend.write(context.name, wrapDeployment(project.name, context.name, latest));
  write(`Created stack '${context.name}'`);
}

export function removeStack(name: string | undefined, flags: Flags): void {
  const context = openStack({ ...flags, stack: name ?? flags.stack });
  const count = context.deployment()?.resources?.length ?? 0;
  if (count > 0 && !flags.force) {
    throw new EngineError(
      `'${context.name}' still has resources; removal rejected\nTry: destroy it first, or pass --force to forget them`,
    );
  }
  if (!flags.yes) throw new EngineError("--yes must be passed in to proceed when running in non-interactive mode");
  const release = takeLock(context.backend, context.name);
  context.backend.remove(context.name);
  release();
  write(`Stack '${context.name}' has been removed!`);
}

/** The outputs of a stack, or one of them. Secrets are masked unless they are asked for. */
export function showOutputs(name: string | undefined, flags: Flags): void {
  const context = openStack(flags);
  const { resources } = context.checkpoint();
  const outputs = resources.find(({ type }) => type === stackType)?.outputs ?? {};
  const open = flags["show-secrets"] ? stripSecrets(outputs) : maskSecrets(outputs);
  if (name === undefined) {
    if (flags.json) write(JSON.stringify(open, null, 2));
    else
      for (const [key, value] of Object.entries(open))
        write(`${key}  ${typeof value === "string" ? value : JSON.stringify(value)}`);
    return;
  }
  if (!Object.hasOwn(open, name)) throw new EngineError(`current stack does not have output property '${name}'`);
  const value = open[name];
  write(typeof value === "string" && !flags.json ? value : JSON.stringify(value, null, flags.json ? 2 : 0));
}

/** The state as it is, secrets encrypted, in the form that `stack import` and the Pulumi CLI take. */
export function exportStack(flags: Flags): void {
  const text = `${JSON.stringify({ version: 3, deployment: openStack(flags).deployment() ?? {} }, null, 4)}\n`;
  if (flags.file) writeFileSync(flags.file, text, { mode: 0o600 });
  else process.stdout.write(text);
}

export function importStack(flags: Flags): void {
  const context = openStack(flags);
  const text = readFileSync(flags.file ?? 0, "utf8");
  const { version, deployment } = parse(text);
  if (version !== 3 || !deployment) throw new EngineError("this is not what `stack export` writes (version 3)");
  checkDeployment(deployment);
  const salt = deployment.secrets_providers?.state?.salt;
  openDeployment(deployment, salt ? openCrypter(passphraseFromEnvironment(), salt) : context.crypter());
  const release = takeLock(context.backend, context.name);
  try {
    context.backend.keepBefore(context.name);
    context.backend.write(context.name, wrapDeployment(context.project.name, context.name, deployment));
  } finally {
    release();
  }
  write("Import complete.");
}

function parse(text: string): { version?: number; deployment?: Deployment } {
  try {
    return JSON.parse(text) as { version?: number; deployment?: Deployment };
  } catch {
    throw new EngineError("the deployment to import is not JSON");
  }
}
