import { defineConfig } from "@lingui/conf";
import { formatter } from "@lingui/format-po";

export default defineConfig({
  sourceLocale: "en",
  locales: ["en", "zh-Hans", "ar"],
  catalogs: [{ path: "<rootDir>/src/i18n/locales/{locale}", include: ["src"], exclude: ["**/wire/types.ts"] }],
  // No places: a catalog changes only where a sentence does.
  format: formatter({ origins: false, printPlaceholdersInComments: false }),
  orderBy: "message",
});
