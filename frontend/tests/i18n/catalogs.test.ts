import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { getCatalogs } from "@lingui/cli/api";
import { getConfig } from "@lingui/conf";
import { compileMessage, type CompiledMessage } from "@lingui/message-utils/compileMessage";
import { beforeAll, describe, expect, it } from "vitest";

const config = getConfig({ cwd: fileURLToPath(new URL("../..", import.meta.url)) });
const NONE: ReadonlyMap<string, string | undefined> = new Map();
const TRANSLATIONS = ["zh-Hans", "ar"];

/** What a message leaves to be filled in, and which tags it wraps around what. */
function slots(message: CompiledMessage): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (part: unknown): void => {
    if (typeof part === "string") for (const [tag] of part.matchAll(/<\/?\d+\/?>/g)) found.add(tag);
    if (Array.isArray(part)) {
      if (typeof part[0] === "string") found.add(`{${part[0]}}`);
      Object.values((part[2] ?? {}) as Readonly<Record<string, unknown>>).forEach((form) => {
        if (Array.isArray(form)) form.forEach(visit);
        else visit(form);
      });
    }
  };
  message.forEach(visit);
  return found;
}

describe("the catalogs", () => {
  const said = new Map<string, string>();
  const kept = new Map<string, ReadonlyMap<string, string | undefined>>();

  beforeAll(async () => {
    const [catalog] = await getCatalogs(config);
    if (catalog === undefined) throw new Error("lingui.config.ts names no catalog");
    const found = (await catalog.collect()) ?? {};
    for (const [id, { message = id }] of Object.entries(found)) said.set(id, message);
    for (const locale of config.locales) {
      const read = await catalog.read(locale);
      const live = Object.entries(read).filter(([, { obsolete }]) => obsolete !== true);
      kept.set(locale, new Map(live.map(([id, { translation }]) => [id, translation])));
    }
  }, 120_000);

  it("hold what the pages say and nothing else (npm run messages)", () => {
    for (const locale of config.locales) {
      const ids = kept.get(locale) ?? NONE;
      expect(
        [...said].filter(([id]) => !ids.has(id)).map(([, message]) => message),
        locale,
      ).toEqual([]);
      expect(
        [...ids.keys()].filter((id) => !said.has(id)),
        locale,
      ).toEqual([]);
    }
  });

  it.each(TRANSLATIONS)("translate every message to %s, with the same places to fill", (locale) => {
    const translations = kept.get(locale) ?? NONE;
    expect(translations.size).toBeGreaterThan(0);
    const wrong: string[] = [];
    for (const [id, message] of said) {
      const translation = translations.get(id) ?? "";
      if (translation === "") wrong.push(`missing: ${message}`);
      else if (
        [...slots(compileMessage(message))].sort().join() !== [...slots(compileMessage(translation))].sort().join()
      )
        wrong.push(`other places: ${message} / ${translation}`);
    }
    expect(wrong).toEqual([]);
  });

  it.each(TRANSLATIONS)("have every plural form of %s", (locale) => {
    const forms = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
    const source = readFileSync(new URL(`../../src/i18n/locales/${locale}.po`, import.meta.url), "utf8");
    const plurals = [...source.matchAll(/^msgstr "(.*\{\w+, plural, .*)"$/gm)].map(([, text = ""]) => text);
    for (const text of plurals) for (const form of forms) expect(text).toMatch(new RegExp(`\\b${form} \\{`));
  });
});
