/** The languages of the pages. A message without a translation is shown in English. */

export type Language = "en" | "zh-Hans" | "ar";

export interface LanguageFacts {
  readonly tag: Language;
  /** As those who speak it write it. */
  readonly name: string;
  readonly direction: "ltr" | "rtl";
  /** For `Intl`: how dates and numbers are written. Figures stay Latin, as in code and outputs. */
  readonly locale: string;
}

export const LANGUAGES: readonly LanguageFacts[] = [
  { tag: "en", name: "English", direction: "ltr", locale: "en-GB" },
  { tag: "zh-Hans", name: "简体中文", direction: "ltr", locale: "zh-Hans" },
  { tag: "ar", name: "العربية", direction: "rtl", locale: "ar-u-nu-latn" },
];

/** Returns what is known of a language. */
export function factsOf(language: Language): LanguageFacts {
  const found = LANGUAGES.find(({ tag }) => tag === language);
  if (found === undefined) throw new Error(`no language ${language}`);
  return found;
}

/** Returns the language that `kept` names, or else the first of the browser's wishes (BCP 47) that the pages speak. */
export function pickLanguage(kept: string | null, wishes: readonly string[]): Language {
  const chosen = LANGUAGES.find(({ tag }) => tag === kept);
  if (chosen !== undefined) return chosen.tag;
  for (const wish of wishes) {
    const spoken = LANGUAGES.find(({ tag }) => isSpokenBy(tag, wish));
    if (spoken !== undefined) return spoken.tag;
  }
  return "en";
}

/** Whoever wishes a Chinese of another script reads English here rather than the wrong signs. */
function isSpokenBy(tag: Language, wish: string): boolean {
  try {
    const wished = new Intl.Locale(wish).maximize();
    const spoken = new Intl.Locale(tag).maximize();
    return wished.language === spoken.language && wished.script === spoken.script;
  } catch {
    return false; // not a tag
  }
}
