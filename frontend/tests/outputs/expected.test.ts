// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { expectedHeight } from "../../src/outputs/expected";
import { heightOf, putHeight } from "../../src/outputs/heights";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAfQAAAEsCAAAAAA=";

describe("the room for an output that is not drawn yet", () => {
  const image = { mime: "image/png", place: "image" } as const;

  it("is read from the head of a picture, or from what matplotlib says of it", () => {
    expect(expectedHeight(image, { inline: PNG }, "")).toEqual({ width: 500, height: 300 });
    const blob = { sha256: "ab", size: 9 };
    expect(expectedHeight(image, blob, "<Figure size 640x480 with 1 Axes>")).toEqual({ width: 556.8, height: 417.6 });
    expect(expectedHeight(image, { inline: "no picture" }, "")).toBeNull();
    expect(expectedHeight(image, blob, "")).toBeNull();
  });

  it("is counted from the rows of a table, and the height of a chart", () => {
    const html = { mime: "text/html", place: "html" } as const;
    expect(expectedHeight(html, { inline: "<table><tr><td>1<tr ><td>2</table>" }, "")?.height).toBe(58);
    expect(expectedHeight(html, { inline: "<script>1</script><tr>" }, "")).toBeNull();
    const vega = { mime: "application/vnd.vegalite.v5+json", place: "vega" } as const;
    expect(expectedHeight(vega, { inline: { height: 300 } }, "")?.height).toBe(350);
  });
});

describe("the heights that a browser has seen", () => {
  it("count for a column of about the same width", () => {
    putHeight("n", "a", 800, 120.4);
    putHeight("n", "b", 810, 60);
    expect([heightOf("n", "a", 790), heightOf("n", "b", 800), heightOf("n", "c", 800)]).toEqual([120, 60, undefined]);
    expect(heightOf("n", "a", 390)).toBeUndefined();
    putHeight("n", "a", 390, 240);
    expect([heightOf("n", "a", 390), heightOf("n", "b", 390)]).toEqual([240, undefined]);
    expect(heightOf("other", "a", 390)).toBeUndefined();
  });
});
