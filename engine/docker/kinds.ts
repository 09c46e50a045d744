import { container } from "./container.ts";
import { remoteImage } from "./image.ts";
import type { ResourceKind } from "./kind.ts";
import { network } from "./network.ts";
import { volume } from "./volume.ts";

/** The resource types that are served, by their token. */
export const kinds: Record<string, ResourceKind> = {
  "docker:index/container:Container": container,
  "docker:index/network:Network": network,
  "docker:index/remoteImage:RemoteImage": remoteImage,
  "docker:index/volume:Volume": volume,
};
