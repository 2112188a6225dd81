import { describe, expect, it } from "vitest";
import { pickLanguage } from "../../src/i18n/languages";

describe("the language of the pages", () => {
  it("is the one chosen, else the first of the browser's that they speak, else English", () => {
    expect(pickLanguage("ar", ["zh-CN"])).toBe("ar");
    expect(pickLanguage("xx", ["fr", "zh-CN", "ar"])).toBe("zh-Hans");
    expect(pickLanguage(null, ["ar-EG"])).toBe("ar");
    expect(pickLanguage(null, ["en-US", "ar"])).toBe("en");
    expect(pickLanguage(null, ["not a tag", "fr"])).toBe("en");
  });

  it("is no Chinese of the other script", () => {
    expect(pickLanguage(null, ["zh-TW"])).toBe("en");
    expect(pickLanguage(null, ["zh-TW", "zh-SG"])).toBe("zh-Hans");
  });
});
