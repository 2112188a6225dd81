/** The language of a file, by its name. Each comes when it is first wanted. */

import { StreamLanguage, type StreamParser } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { python as pythonSupport } from "../../cells/extensions";

type Load = () => Promise<Extension>;

const stream = (load: () => Promise<StreamParser<unknown>>): Load => {
  return async () => StreamLanguage.define(await load());
};

const python: Load = () => Promise.resolve(pythonSupport);
const markdown: Load = async () => (await import("@codemirror/lang-markdown")).markdown();
const sql: Load = async () => (await import("@codemirror/lang-sql")).sql();
const yaml = stream(async () => (await import("@codemirror/legacy-modes/mode/yaml")).yaml);
const toml = stream(async () => (await import("@codemirror/legacy-modes/mode/toml")).toml);
const json = stream(async () => (await import("@codemirror/legacy-modes/mode/javascript")).json);
const shell = stream(async () => (await import("@codemirror/legacy-modes/mode/shell")).shell);
const settings = stream(async () => (await import("@codemirror/legacy-modes/mode/properties")).properties);
const docker = stream(async () => (await import("@codemirror/legacy-modes/mode/dockerfile")).dockerFile);

const BY_ENDING: Readonly<Record<string, Load>> = {
  py: python,
  pyi: python,
  md: markdown,
  markdown,
  sql,
  yaml,
  yml: yaml,
  toml,
  json,
  jsonl: json,
  sh: shell,
  bash: shell,
  ini: settings,
  cfg: settings,
  env: settings,
};

const BY_NAME: Readonly<Record<string, Load>> = { Dockerfile: docker, ".env": settings, ".bashrc": shell };

/** Whether lines of such a file are long sentences, which are better wrapped. */
export const isProse = (name: string): boolean =>
  /\.(md|markdown|txt|rst)$/i.test(name) && !/^requirements/i.test(name);

/** Null for plain text. */
export async function languageFor(name: string): Promise<Extension | null> {
  const load = BY_NAME[name] ?? BY_ENDING[/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""];
  return load === undefined ? null : load();
}
