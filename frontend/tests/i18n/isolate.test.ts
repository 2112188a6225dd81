import { expect, it } from "vitest";
import { setupI18n } from "@lingui/core";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { isolated } from "../../src/i18n/isolate";

const messages = {
  here: compileMessage("{name} هنا"),
  cells: compileMessage("{n, plural, one {خلية من {name}} other {# خلية من {name}}}"),
};

it("isolates names in sentences of the other direction, also within plural forms", () => {
  const i18n = setupI18n({ locale: "ar", messages: { ar: isolated(messages, "rtl") } });
  expect(i18n._("here", { name: "Ada" })).toBe("\u2068Ada\u2069 هنا");
  expect(i18n._("cells", { n: 7, name: "Ada" })).toBe("7 خلية من \u2068Ada\u2069");
  expect(isolated(messages, "ltr")).toBe(messages);
});
