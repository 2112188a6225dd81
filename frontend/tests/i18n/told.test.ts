import { afterEach, describe, expect, it } from "vitest";
import arabic from "../../src/i18n/told/ar.json";
import chinese from "../../src/i18n/told/zh-Hans.json";
import { factsOf } from "../../src/i18n/languages";
import { reasonsTold, tellIn, told } from "../../src/i18n/told";

const places = (sentence: string): string[] => (sentence.match(/\{\d\}/g) ?? []).sort();

afterEach(() => tellIn({}, factsOf("en")));

describe("what the server says", () => {
  it("stays English for who reads English, and where no catalog knows it", () => {
    expect(told("There is no kernel to stop.")).toBe("There is no kernel to stop.");
    expect(reasonsTold()).toBeUndefined();
    tellIn(chinese, factsOf("zh-Hans"));
    expect(told("A sentence of a later version.")).toBe("A sentence of a later version.");
  });

  it("is said in the reader's language, with what is filled in", () => {
    tellIn(chinese, factsOf("zh-Hans"));
    expect(told("There is no kernel to stop.")).toBe("没有可停止的内核。");
    expect(told("Too many tries. Wait 12 seconds and try again.")).toBe("尝试次数过多。请等待 12 秒后重试。");
    expect(told("numpy is needed by pandas. Remove pandas instead.")).toBe("pandas 需要 numpy。请改为移除 pandas。");
    expect(told("The kernel did not answer within 2 seconds. It may be in a long call. Try again later.")).toBe(
      "内核在 2 秒内没有响应。 它可能正在执行耗时的调用。请稍后重试。",
    );
  });

  it("is said sentence by sentence, with lengths of time", () => {
    tellIn(chinese, factsOf("zh-Hans"));
    expect(told("A cell is running. It does what nobody foresaw. It has just started.")).toBe(
      "有单元格正在运行。 It does what nobody foresaw. 它刚刚启动。",
    );
    expect(told("12 minutes ago the last cell ended; nothing has happened since.")).toBe(
      "12分钟前，最后一个单元格结束；此后没有活动。",
    );
    expect(told("Stopped after 1 hour without work.")).toBe("闲置 1小时 后已停止。");
  });

  it("keeps names in their own direction inside Arabic", () => {
    tellIn(arabic, factsOf("ar"));
    expect(told("There is no package named left-pad. Check the spelling.")).toContain("\u2068left-pad\u2069");
  });

  it("is found in answers under the name of a reason, and nowhere else", () => {
    tellIn(chinese, factsOf("zh-Hans"));
    const answer = '{"error":{"code":"no_kernel","reason":"There is no kernel."},"text":"There is no kernel."}';
    expect(JSON.parse(answer, reasonsTold())).toEqual({
      error: { code: "no_kernel", reason: "没有内核。" },
      text: "There is no kernel.",
    });
  });

  it("has the same sentences and places in every language", () => {
    expect(Object.keys(arabic)).toEqual(Object.keys(chinese));
    for (const catalog of [arabic, chinese])
      for (const [sentence, translation] of Object.entries(catalog))
        expect(places(translation), sentence).toEqual(places(sentence));
  });
});
