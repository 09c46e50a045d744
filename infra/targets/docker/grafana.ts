import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { dashboardFile, dashboardProviderFile, dataSourceFile } from "../../components/grafana.ts";
import type { Ground } from "./ground.ts";
import { inside } from "./layout.ts";

/**
 * Grafana from its official image. Its user is its own, so it cannot read the stack's configuration volume: what it is
 * provisioned with is uploaded into the container, and holds no secret.
 */
export function grafanaContainer(
  name: string,
  ground: Ground,
  image: string,
  parent: pulumi.Resource,
): docker.Container {
  const prometheus = `http://${ground.named("prometheus")}:${inside.prometheus}`;
  const pulled = new docker.RemoteImage(`${name}-grafana-image`, { name: image, keepLocally: true }, { parent });
  const provisioning = "/etc/grafana/provisioning";
  const container = new docker.Container(
    "grafana",
    {
      name: ground.named("grafana"),
      image: pulled.imageId,
      networksAdvanced: [{ name: ground.network.name }],
      envs: [
        "GF_AUTH_ANONYMOUS_ENABLED=true",
        "GF_AUTH_ANONYMOUS_ORG_ROLE=Viewer",
        // Nobody logs in: the image's own administrator has a password that everybody knows.
        "GF_AUTH_BASIC_ENABLED=false",
        "GF_AUTH_DISABLE_LOGIN_FORM=true",
        "GF_ANALYTICS_REPORTING_ENABLED=false",
      ],
      uploads: [
        { file: `${provisioning}/datasources/landfall.yml`, content: dataSourceFile(prometheus) },
        { file: `${provisioning}/dashboards/landfall.yml`, content: dashboardProviderFile() },
        { file: "/var/lib/grafana/dashboards/landfall.json", content: dashboardFile() },
      ],
      ports: ground.publishedPort("grafana"),
      securityOpts: ["no-new-privileges"],
      capabilities: { drops: ["ALL"] },
      restart: "unless-stopped",
      memory: ground.stack.config.docker.container_memory_mb,
    },
    { parent, deleteBeforeReplace: true },
  );
  ground.process(`${name}-grafana-process`, container, {}, parent);
  return container;
}
