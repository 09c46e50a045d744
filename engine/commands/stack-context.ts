import { loadProject, type Project } from "../config/project.ts";
import { type ConfigValue, decryptConfig, StackConfig } from "../config/stack-config.ts";
import { EngineError } from "../errors.ts";
import { type Crypter, newCrypter, openCrypter, passphraseFromEnvironment } from "../secrets/passphrase.ts";
import { type Backend, openBackend } from "../state/backend.ts";
import {
  type Checkpoint,
  type Deployment,
  deploymentOf,
  encodeCheckpoint,
  openDeployment,
  saltOf,
} from "../state/checkpoint.ts";

/** A stack with all that belongs to it: its file, its state, the key to its secrets. */
export class StackContext {
  readonly project: Project;
  readonly backend: Backend;
  readonly name: string;
  readonly config: StackConfig;
  #crypter: Crypter | undefined;

  constructor(project: Project, backend: Backend, name: string) {
    this.project = project;
    this.backend = backend;
    this.name = name;
    this.config = new StackConfig(project, name);
  }

  /**
   * The key to the stack's secrets: by the salt of the stack's file, else by that of the state, else a new one. A new one is
   * written into the stack's file only together with the first secret there: until then the state's is enough.
   * @throws {EngineError} "incorrect passphrase"
   */
  crypter(): Crypter {
    this.#crypter ??= this.#openCrypter();
    return this.#crypter;
  }

  #openCrypter(): Crypter {
    const passphrase = passphraseFromEnvironment();
    const salt = this.config.salt ?? (this.backend.has(this.name) ? saltOf(this.deployment()) : undefined);
    return salt === undefined ? newCrypter(passphrase) : openCrypter(passphrase, salt);
  }

  /** @throws {EngineError} "no stack named …" */
  deployment(): Deployment | undefined {
    return deploymentOf(this.backend.read(this.name));
  }

  /** The state, opened. Secrets of a state that was written under another salt are opened with that one. */
  checkpoint(): Checkpoint {
    const deployment = this.deployment();
    const salt = saltOf(deployment);
    const crypter = this.crypter();
    if (salt === undefined || salt === crypter.salt) return openDeployment(deployment, crypter);
    return openDeployment(deployment, openCrypter(passphraseFromEnvironment(), salt));
  }

  write(checkpoint: Checkpoint): void {
    this.backend.write(this.name, encodeCheckpoint(this.project.name, this.name, checkpoint, this.crypter()));
  }

  settings(): Record<string, ConfigValue> {
    return decryptConfig(this.config, () => this.crypter());
  }
}

export interface Place {
  cwd?: string;
  stack?: string;
}

export function openProject({ cwd }: Place): { project: Project; backend: Backend } {
  const project = loadProject(cwd ?? process.cwd());
  return { project, backend: openBackend(project) };
}

/** `--stack` may come as `NAME`, `PROJECT/NAME` or `organization/PROJECT/NAME`. */
export function openStack(place: Place): StackContext {
  const { project, backend } = openProject(place);
  if (!place.stack) throw new EngineError("no stack is named\nTry: pass --stack");
  const parts = place.stack.split("/");
  const named = parts.length > 1 ? parts.at(-2) : project.name;
  if (named !== project.name) throw new EngineError(`the stack ${place.stack} is not of the project ${project.name}`);
  return new StackContext(project, backend, parts.at(-1) ?? "");
}
