import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { dashboardFile, dashboardProviderFile, dataSourceFile } from "../../infra/components/grafana.ts";

interface Panel {
  id: number;
  type: string;
  title: string;
  datasource: { type: string; uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig: { defaults: { unit: string } };
  targets: { refId: string; expr: string; legendFormat: string }[];
}

const dashboard = JSON.parse(dashboardFile()) as { uid: string; schemaVersion: number; panels: Panel[] };
const { panels } = dashboard;

test("the source and the provider are what Grafana's provisioning reads, and the dashboard names that source", () => {
  const source = parse(dataSourceFile("http://prometheus:9090"));
  assert.equal(source.apiVersion, 1);
  assert.deepEqual(source.datasources, [
    {
      name: "Prometheus",
      uid: "prometheus",
      type: "prometheus",
      access: "proxy",
      url: "http://prometheus:9090",
      isDefault: true,
    },
  ]);
  const provider = parse(dashboardProviderFile());
  assert.deepEqual([provider.apiVersion, provider.providers[0].type], [1, "file"]);
  assert.match(provider.providers[0].options.path, /^\//);
  for (const { datasource } of panels) assert.deepEqual(datasource, { type: "prometheus", uid: "prometheus" });
});

test("panels have a place, an id and queries of their own, in units that Grafana knows", () => {
  assert.ok(dashboard.uid.length > 0 && dashboard.uid.length <= 40 && dashboard.schemaVersion >= 36);
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
    assert.ok(x + w <= 24, "the grid has 24 columns");
    return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`);
  });
  assert.equal(new Set(cells).size, cells.length, "no panel lies on another");
  for (const { type, title, targets, fieldConfig } of panels) {
    assert.equal(type, "timeseries", title);
    assert.ok(["none", "ops", "bytes", "h"].includes(fieldConfig.defaults.unit), title);
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
  }
});
