import type { Messages } from "@lingui/core";

const FIRST_STRONG = "\u2068";
const POP = "\u2069";

/**
 * Returns messages whose filled-in places are isolated (UAX #9, FSI and PDI) where the page runs from right to left.
 *
 * A name or a path of the other direction then moves no word around it. Numbers
 * of plural forms (`#`) need none.
 */
export function isolated(messages: Messages, direction: "ltr" | "rtl"): Messages {
  if (direction === "ltr") return messages;
  return Object.fromEntries(Object.entries(messages).map(([id, message]) => [id, parts(message)])) as Messages;
}

function parts(message: unknown): unknown {
  if (!Array.isArray(message)) return message;
  return message.flatMap((part: unknown) => {
    if (!Array.isArray(part)) return [part];
    const [name, kind, forms] = part as [unknown, unknown, unknown];
    if (kind === undefined) return [FIRST_STRONG, part, POP];
    if (typeof forms !== "object" || forms === null) return [part];
    return [[name, kind, Object.fromEntries(Object.entries(forms).map(([form, inner]) => [form, parts(inner)]))]];
  });
}
