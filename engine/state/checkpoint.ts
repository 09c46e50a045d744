import { createHash } from "node:crypto";
import { EngineError, unsupported } from "../errors.ts";
import type { Crypter } from "../secrets/passphrase.ts";
import type { Json } from "./encode.ts";
import type { PendingOperation, ResourceState } from "./resource.ts";
import { decodeResource, encodeResource } from "./resource-json.ts";
import { verifyState } from "./verify.ts";

/** What a state file says, opened. */
export interface Checkpoint {
  resources: ResourceState[];
  pending: PendingOperation[];
}

type Fields = { [key: string]: Json };

interface CheckpointFile {
  version?: number;
  features?: string[];
  checkpoint?: { stack?: string; latest?: Deployment };
}

/** A deployment as it stands in a state file, and in what `stack export` writes. */
export interface Deployment {
  manifest?: { time?: string; magic?: string; version?: string };
  secrets_providers?: { type?: string; state?: { salt?: string } };
  resources?: Fields[];
  pending_operations?: { resource: Fields; type: PendingOperation["type"] }[];
  metadata?: Fields;
  snippets?: unknown[];
}

/** The version that a state names as its maker. The Pulumi CLI checks the magic, not the number. */
const version = "v3.270.0";

/** The deployment of a file's content; undefined for a stack that nothing has been done with. */
export function deploymentOf(content: unknown): Deployment | undefined {
  const file = content as CheckpointFile | null;
  if (typeof file !== "object" || file === null || file.version === undefined || !file.checkpoint) {
    throw new EngineError("the state is not what Pulumi writes");
  }
  if (file.version !== 3) throw unsupported(`version ${file.version} of the state`);
  const [feature] = file.features ?? [];
  if (feature !== undefined) throw unsupported(`the state's feature ${feature}`);
  const { latest } = file.checkpoint;
  if (latest) checkDeployment(latest);
  return latest;
}

export function checkDeployment(deployment: Deployment): void {
  const { manifest } = deployment;
  if (manifest?.magic !== undefined && manifest.magic !== magicOf(manifest.version ?? "")) {
    throw new EngineError("the state has been changed by hand: its magic does not fit its version");
  }
  const provider = deployment.secrets_providers?.type;
  if (provider !== undefined && provider !== "passphrase") throw unsupported(`the secrets provider ${provider}`);
}

export const saltOf = (deployment: Deployment | undefined): string | undefined =>
  deployment?.secrets_providers?.state?.salt;

export function openDeployment(deployment: Deployment | undefined, crypter: Crypter): Checkpoint {
  const resources = (deployment?.resources ?? []).map((json) => decodeResource(json, crypter));
  verifyState(resources);
  const pending = (deployment?.pending_operations ?? []).map(({ resource, type }) => ({
    resource: decodeResource(resource, crypter),
    type,
  }));
  return { resources, pending };
}

/**
 * The text of a state file.
 * @throws where the Pulumi CLI would refuse to read it again
 */
export function encodeCheckpoint(project: string, stack: string, checkpoint: Checkpoint, crypter: Crypter): string {
  verifyState(checkpoint.resources);
  const latest: Deployment = {
    manifest: { time: new Date().toISOString(), magic: magicOf(version), version },
    secrets_providers: { type: "passphrase", state: { salt: crypter.salt } },
    ...(checkpoint.resources.length > 0
      ? { resources: checkpoint.resources.map((r) => encodeResource(r, crypter)) }
      : {}),
    ...(checkpoint.pending.length > 0
      ? {
          pending_operations: checkpoint.pending.map(({ resource, type }) => ({
            resource: encodeResource(resource, crypter),
            type,
          })),
        }
      : {}),
    metadata: {},
  };
  return wrapDeployment(project, stack, latest);
}

export const wrapDeployment = (project: string, stack: string, latest: Deployment | undefined): string =>
  `${JSON.stringify({ version: 3, checkpoint: { stack: `organization/${project}/${stack}`, ...(latest ? { latest } : {}) } })}\n`;

const magicOf = (text: string): string => createHash("sha256").update(text).digest("hex");
