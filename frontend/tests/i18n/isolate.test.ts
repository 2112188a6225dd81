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

it("keeps a version with its program and a number with its unit", () => {
  const said = { python: compileMessage("على Python {0}."), sent: compileMessage("يُرسل {0} MB…") };
  const i18n = setupI18n({ locale: "ar", messages: { ar: isolated(said, "rtl") } });
  expect(i18n._("python", { 0: "3.11.7" })).toBe("على \u2066Python 3.11.7\u2069.");
  expect(i18n._("sent", { 0: 12 })).toBe("يُرسل \u206612 MB\u2069…");
});
