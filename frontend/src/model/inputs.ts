/**
 * Input cells as the source document has them: a text that assigns one literal, and a definition beside it that says
 * how the form looks. The text alone holds the value. `collab/inputs.py` is the server's half; both write one text.
 */

import * as Y from "yjs";
import type { CellMap } from "./cells";

export const CONTROLS = ["text", "number", "slider", "date", "select", "checkbox", "file"] as const;
export type Control = (typeof CONTROLS)[number];
export type When = "dependants" | "cell" | "nothing";
/** A date is its text, as in 2026-01-31. */
export type InputValue = string | number | boolean;
export type InputOption = string | number;

interface Common {
  readonly name: string;
  readonly label: string;
  readonly runs: When;
}

export type InputDefinition =
  | (Common & { readonly control: "text"; readonly lines: boolean })
  | (Common & {
      readonly control: "number";
      readonly min: number | null;
      readonly max: number | null;
      readonly step: number | null;
    })
  | (Common & { readonly control: "slider"; readonly min: number; readonly max: number; readonly step: number })
  | (Common & { readonly control: "date"; readonly min: string | null; readonly max: string | null })
  | (Common & {
      readonly control: "select";
      readonly options: readonly InputOption[];
      /** The variable of the kernel that holds the options; "" where they are written here. */
      readonly variable: string;
    })
  | (Common & { readonly control: "checkbox" })
  | (Common & { readonly control: "file" });

export const LONGEST_TEXT = 10_000;
export const LONGEST_OPTION = 200;
export const LONGEST_NAME = 64;
export const MOST_OPTIONS = 500;

const KEY = "json:commonbook";

type Fields = Readonly<Record<string, unknown>>;

/** The definition's JSON in a cell's metadata, whatever it says; "" for none. */
export function definitionText(cell: CellMap | null): string {
  const meta = cell?.get("meta");
  const value = meta instanceof Y.Map ? (meta.get(KEY) as unknown) : undefined;
  return typeof value === "string" ? value : "";
}

/** Read a definition. Editors and files write it, so it may be anything; null for what makes no sense. */
export function readDefinition(json: string): InputDefinition | null {
  const found = parsed(json);
  if (found?.["kind"] !== "input") return null;
  const { name, label = "", runs = "dependants" } = found;
  if (typeof name !== "string" || !isVariable(name)) return null;
  if (typeof label !== "string" || label.length > LONGEST_OPTION) return null;
  if (runs !== "dependants" && runs !== "cell" && runs !== "nothing") return null;
  return withControl({ name, label, runs }, found);
}

function withControl(common: Common, found: Fields): InputDefinition | null {
  const { control, lines = false, options = [], variable = "" } = found;
  switch (control) {
    case "text":
      return typeof lines === "boolean" ? { ...common, control, lines } : null;
    case "number": {
      const { min = null, max = null, step = null } = found;
      return isLimit(min) && isLimit(max) && isLimit(step) && inOrder(min, max, step)
        ? { ...common, control, min, max, step }
        : null;
    }
    case "slider": {
      const { min = 0, max = 100, step = 1 } = found;
      return isFinite(min) && isFinite(max) && isFinite(step) && inOrder(min, max, step)
        ? { ...common, control, min, max, step }
        : null;
    }
    case "date": {
      const { min = null, max = null } = found;
      return isDayOrNull(min) && isDayOrNull(max) ? { ...common, control, min, max } : null;
    }
    case "select":
      return Array.isArray(options) &&
        options.length <= MOST_OPTIONS &&
        options.every(isOption) &&
        typeof variable === "string" &&
        (variable === "" || isVariable(variable))
        ? { ...common, control, options, variable }
        : null;
    case "checkbox":
    case "file":
      return { ...common, control };
    default:
      return null;
  }
}

/** The definition as the metadata holds it, without what goes without saying. */
export function definitionJson(definition: InputDefinition): string {
  const said = Object.entries(definition).filter(
    ([key, value]) => value !== null && value !== "" && value !== false && !(key === "runs" && value === "dependants"),
  );
  return JSON.stringify({ kind: "input", ...Object.fromEntries(said) });
}

/** Put a definition into a cell's metadata beside what else stands there; null takes it out. */
export function definedIn(before: string, definition: InputDefinition | null): string | null {
  const kept = Object.entries(parsed(before) ?? {}).filter(([key]) => KEPT_ASIDE.has(key));
  const own = definition === null ? {} : (JSON.parse(definitionJson(definition)) as Fields);
  const now = { ...own, ...Object.fromEntries(kept) };
  return Object.keys(now).length === 0 ? null : JSON.stringify(now);
}

/** What an import keeps at the same place. */
const KEPT_ASIDE = new Set(["id", "metadata", "kept", "cell_type", "misfit"]);

export const META_KEY = KEY;

export function isVariable(name: string): boolean {
  return (
    name.length <= LONGEST_NAME &&
    /^[\p{XID_Start}_][\p{XID_Continue}]*$/u.test(name) &&
    name.normalize("NFKC") === name &&
    !KEYWORDS.has(name) &&
    !name.startsWith("__")
  );
}

const KEYWORDS = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);

/** The code that gives the variable this value. */
export function assignment(definition: InputDefinition, value: InputValue): string {
  return `${definition.name} = ${literal(definition, value)}`;
}

function literal(definition: InputDefinition, value: InputValue): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return numberLiteral(value, countsInWholes(definition));
  if (definition.control === "date") {
    const [year, month, day] = value.split("-").map(Number);
    return `__import__("datetime").date(${year}, ${month}, ${day})`;
  }
  return `"${Array.from(value, escaped).join("")}"`;
}

/** Whether a number that is whole stays one in Python: `3`, not `3.0`. */
export function countsInWholes(definition: InputDefinition): boolean {
  if (definition.control !== "slider" && definition.control !== "number") return true;
  return [definition.min, definition.step].every((each) => each === null || Number.isInteger(each));
}

function numberLiteral(value: number, inWholes: boolean): string {
  const isWhole = Number.isInteger(value) && Math.abs(value) <= 2 ** 53;
  if (isWhole) return inWholes ? String(value === 0 ? 0 : value) : `${Object.is(value, -0) ? "-0" : value}.0`;
  return Math.abs(value) >= 1e16 ? value.toExponential() : String(value);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  '"': '\\"',
  "\\": "\\\\",
};

function escaped(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  if (isPrintable(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}

/** As Python counts it: whatever else could end a line, or change how it reads, is escaped. */
const isPrintable = (text: string): boolean => !/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(text);

const STRING = /^(["'])((?:(?!\1)[^\\]|\\(?:["'\\nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}))*)\1$/u;
const NUMBER = /^-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,30})?(?:e[+-]?[0-9]{1,3})?$/;
const DATE = /^__import__\("datetime"\)\.date\(([1-9][0-9]{0,3}), ([1-9][0-9]?), ([1-9][0-9]?)\)$/;
const ESCAPE = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(["'\\nrt]))/g;
const UNESCAPED: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** The value that a text gives to `name`; null if it does anything else than that. */
export function assigned(name: string, source: string): InputValue | null {
  const line = source.replace(/[ \n]+$/, "");
  const [, named, right] = /^([^\s=]+) *= *(.+)$/s.exec(line) ?? [];
  if (named !== name || right === undefined || !isPrintable(line)) return null;
  if (right === "True" || right === "False") return right === "True";
  if (NUMBER.test(right)) {
    const value = Number(right);
    return Number.isFinite(value) ? value : null;
  }
  const date = DATE.exec(right);
  if (date !== null) {
    const [year, month, day] = date.slice(1);
    const text = `${year?.padStart(4, "0")}-${month?.padStart(2, "0")}-${day?.padStart(2, "0")}`;
    return isDay(text) ? text : null;
  }
  const inside = STRING.exec(right)?.[2];
  return inside === undefined ? null : unescaped(inside);
}

function unescaped(text: string): string | null {
  const codeOf = (digits: string): number => parseInt(digits, 16);
  const isSound = [...text.matchAll(ESCAPE)].every(([, two, four, eight]) => {
    const code = codeOf(two ?? four ?? eight ?? "0");
    return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  });
  if (!isSound) return null;
  return text.replace(ESCAPE, (_, two?: string, four?: string, eight?: string, one?: string) =>
    one === undefined ? String.fromCodePoint(codeOf(two ?? four ?? eight ?? "")) : (UNESCAPED[one] ?? one),
  );
}

/** The value of a cell's text, if it is one that the form can show. */
export function shownValue(definition: InputDefinition, source: string): InputValue | null {
  const value = assigned(definition.name, source);
  const isDate = /^[^"']*= *__import__/.test(source);
  return value !== null && isDate === (definition.control === "date") && fits(definition, value) ? value : null;
}

/** Whether a value is of the kind that the form shows; a text may hold another one. */
function fits(definition: InputDefinition, value: InputValue): boolean {
  switch (definition.control) {
    case "text":
    case "file":
      return typeof value === "string";
    case "number":
    case "slider":
      return typeof value === "number";
    case "date":
      return typeof value === "string" && isDay(value);
    case "select":
      return typeof value !== "boolean";
    case "checkbox":
      return typeof value === "boolean";
  }
}

/** The form for a text that already assigns one literal; null for any other. */
export function guessed(source: string): InputDefinition | null {
  const name = /^[^\s=]+/.exec(source)?.[0] ?? "";
  const value = isVariable(name) ? assigned(name, source) : null;
  if (value === null) return null;
  const common = { name, label: "", runs: "dependants" } as const;
  if (typeof value === "boolean") return { ...common, control: "checkbox" };
  if (typeof value === "number") return { ...common, control: "number", min: null, max: null, step: null };
  return source.includes("__import__")
    ? { ...common, control: "date", min: null, max: null }
    : { ...common, control: "text", lines: value.includes("\n") };
}

/** What a form begins with. `today` as in 2026-01-31. */
export function firstValue(definition: InputDefinition, today: string): InputValue {
  switch (definition.control) {
    case "text":
    case "file":
      return "";
    case "number":
      return Math.min(Math.max(0, definition.min ?? -Infinity), definition.max ?? Infinity);
    case "slider":
      return definition.min;
    case "date":
      return definition.min !== null && today < definition.min
        ? definition.min
        : definition.max !== null && today > definition.max
          ? definition.max
          : today;
    case "select":
      return definition.options[0] ?? "";
    case "checkbox":
      return false;
  }
}

/** The value for a changed definition: the one there was, where it still fits. */
export function carriedOver(definition: InputDefinition, value: InputValue | null, today: string): InputValue {
  if (value === null || !fits(definition, value)) return firstValue(definition, today);
  if ((definition.control === "slider" || definition.control === "number") && typeof value === "number")
    return Math.min(Math.max(value, definition.min ?? -Infinity), definition.max ?? Infinity);
  if (definition.control === "select" && definition.variable !== "") return value;
  if (definition.control === "select" && !definition.options.some((option) => option === value))
    return firstValue(definition, today);
  return value;
}

export function isDay(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) && !text.startsWith("0000");
}

function parsed(json: string): Fields | null {
  if (json === "") return null;
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

const isFinite = (value: unknown): value is number => Number.isFinite(value);
const isLimit = (value: unknown): value is number | null => value === null || isFinite(value);
const isDayOrNull = (value: unknown): value is string | null =>
  value === null || (typeof value === "string" && isDay(value));
const isOption = (value: unknown): value is string | number =>
  typeof value === "string" ? value.length <= LONGEST_OPTION : isFinite(value);
const inOrder = (min: number | null, max: number | null, step: number | null): boolean =>
  (min === null || max === null || min < max) && (step === null || step > 0);
