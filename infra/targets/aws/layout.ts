/** Where this repository and its Node are in the ops image (infra/targets/docker/images/ops/Dockerfile). */
export const project = "/opt/landfall";
export const node = "/usr/local/bin/node";
