import type { Conversion } from "../../model/plan.ts";
import { decimal } from "./decimal.ts";
import type { Encode, Reading } from "./encoder.ts";
import { boolean, integer, real } from "./numbers.ts";
import { bytes, json, text, uuid } from "./texts.ts";
import { date, time, timestamp } from "./times.ts";
import { parseType } from "./type.ts";

/** The encoder for a column, by its conversion and type. */
export function encoderOf(convert: Conversion, typeText: string, reading: Reading): Encode {
  const type = parseType(typeText);
  switch (convert.as) {
    case "integer":
      return integer(type);
    case "real":
      return real(type);
    case "decimal":
      return decimal(type);
    case "boolean":
      return boolean(convert, type);
    case "text":
      return text(convert, type, reading);
    case "bytes":
      return bytes(convert, type, reading);
    case "json":
      return json(type, reading);
    case "uuid":
      return uuid(type);
    case "instant":
      return timestamp(convert, type, true);
    case "local":
      return timestamp(convert, type, convert.utc === true);
    case "date":
      return date(convert, type);
    case "time":
      return time(type);
  }
}
