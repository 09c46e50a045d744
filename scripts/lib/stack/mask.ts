import type { StackOutputs } from "../../../infra/contract.ts";

/** The outputs as they may be shown: every password as "[secret]". */
export function maskPasswords(outputs: StackOutputs): unknown {
  return JSON.parse(JSON.stringify(outputs, (key, value) => (key === "password" ? "[secret]" : value)));
}
