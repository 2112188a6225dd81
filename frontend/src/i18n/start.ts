/** The language in use: read once, before any sentence is made; another choice loads the page anew. */

import { i18n, type Messages } from "@lingui/core";
import { isolated } from "./isolate";
import { factsOf, pickLanguage, type Language } from "./languages";
import { tellIn, type Sentences } from "./told";

const KEY = "commonbook.language";

interface Catalog {
  /** What the page says. */
  readonly messages: Promise<{ messages: Messages }>;
  /** What the server says. */
  readonly sentences: Promise<{ default: Sentences }>;
}

/** English stands in the code itself; the others are files of their own, fetched only when they are used. */
const CATALOGS: Record<Exclude<Language, "en">, () => Catalog> = {
  "zh-Hans": () => ({ messages: import("./locales/zh-Hans.po"), sentences: import("./told/zh-Hans.json") }),
  ar: () => ({ messages: import("./locales/ar.po"), sentences: import("./told/ar.json") }),
};

let current: Language = "en";
i18n.loadAndActivate({ locale: current, messages: {} });

/** Speaks the language of the choice or of the browser from here on, English where its file cannot be fetched. */
export async function startLanguage(): Promise<void> {
  const language = pickLanguage(kept(), navigator.languages);
  if (language !== "en") {
    try {
      const catalog = CATALOGS[language]();
      const [{ messages }, { default: sentences }] = await Promise.all([catalog.messages, catalog.sentences]);
      const { direction, locale } = factsOf(language);
      tellIn(sentences, { direction, locale });
      i18n.loadAndActivate({ locale: language, locales: [locale], messages: isolated(messages, direction) });
      current = language;
    } catch {
      // A page in English beats none.
    }
  }
  document.documentElement.lang = current;
  document.documentElement.dir = factsOf(current).direction;
}

/** Keeps the choice in this browser and loads the page anew in it. */
export function chooseLanguage(language: Language): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    return; // Nothing can be kept, so nothing would change.
  }
  location.reload();
}

export function currentLanguage(): Language {
  return current;
}

/** A text of figures and Latin letters as one thing, read from left to right also where the page is not. */
export function asOne(text: string): string {
  return factsOf(current).direction === "rtl" ? `\u2066${text}\u2069` : text;
}

/** What `Intl` is to be asked with. */
export function currentLocale(): string {
  return factsOf(current).locale;
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
