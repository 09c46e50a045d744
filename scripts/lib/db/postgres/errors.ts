import { LandfallError, messageOf } from "../../cli/errors.ts";
import { describeTarget, type Target } from "./target.ts";

/** The fields of an error that PostgreSQL itself reported, as `pg` hands it on. */
export interface ServerError extends Error {
  code: string;
  detail?: string;
  where?: string;
  constraint?: string;
}

/** Whether the server reported the error (it has a five-character SQLSTATE), as opposed to the network or the driver. */
export function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && /^[0-9A-Z]{5}$/.test((error as Partial<ServerError>).code ?? "");
}

type Explanation = [code: "target" | "machine" | "usage", message: string, hint: string];

function explainServerError(error: ServerError, where: string): Explanation {
  const says = error.message;
  switch (error.code) {
    case "28P01":
    case "28000":
      return ["target", `${where} refused the login: ${says}`, "check user and password (PGPASSWORD or .pgpass)"];
    case "3D000":
      return ["target", `${where}: ${says}`, "create the database first, or name another"];
    case "53100":
      return [
        "target",
        `${where} has no disk space left: ${says}`,
        "free space there, then run the same command again",
      ];
    case "53200":
      return ["target", `${where} is out of memory: ${says}`, "run the same command again, with --workers 1"];
    case "53300":
      return ["target", `${where} has no connection left`, "end idle sessions or raise max_connections"];
    case "57P01":
    case "57P02":
    case "57P03":
      return ["target", `${where} is going down or coming up: ${says}`, "run the same command again when it is up"];
    case "25006":
      return ["target", `${where} is read-only: ${says}`, "name the primary, not a standby"];
    case "42501":
      return ["target", `${where} does not allow it: ${says}`, "use a role that may create objects there"];
    default:
      return ["target", `${where} reported: ${says}`, "see the server's log for more, then run the same command again"];
  }
}

const unreachable: Record<string, string> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the host name is unknown",
  EAI_AGAIN: "the host name could not be looked up",
  ENOENT: "there is no such socket",
  EACCES: "the socket is not ours to open",
  ETIMEDOUT: "no answer came in time",
  EHOSTUNREACH: "there is no route to it",
};

/** Turns anything that a connection threw into the error that its reader can act on. */
export function toTargetError(error: unknown, target: Target): LandfallError {
  if (error instanceof LandfallError) return error;
  const where = describeTarget(target);
  if (isServerError(error)) {
    const [code, message, hint] = explainServerError(error, where);
    const detail = error.detail ? ` (${error.detail})` : "";
    return new LandfallError(code, `${message}${detail}`, hint, { cause: error });
  }
  // Node tries each address of a name and reports them together: the first one says what happened.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const code = (first as NodeJS.ErrnoException | undefined)?.code ?? "";
  const reason = unreachable[code];
  if (reason) {
    return new LandfallError(
      "target",
      `cannot reach ${where}: ${reason}`,
      "check that PostgreSQL runs there, and host, port and firewall",
      { cause: error },
    );
  }
  const text = messageOf(first);
  if (/SSL|TLS|certificate/i.test(text)) {
    return new LandfallError("target", `cannot speak TLS with ${where}: ${text}`, "check sslmode and sslrootcert", {
      cause: error,
    });
  }
  if (/timeout/i.test(text)) {
    return new LandfallError(
      "target",
      `cannot reach ${where}: no answer came in time`,
      "check host, port and firewall",
      {
        cause: error,
      },
    );
  }
  if (/password/i.test(text)) {
    return new LandfallError("target", `${where} asks for a password`, "set PGPASSWORD or write it to .pgpass", {
      cause: error,
    });
  }
  return new LandfallError(
    "target",
    `lost the connection to ${where}: ${text}`,
    "run the same command again: it goes on where it was",
    { cause: error },
  );
}
