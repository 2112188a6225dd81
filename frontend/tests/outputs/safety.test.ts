// @vitest-environment jsdom
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { ansiToHtml, AnsiPieces } from "../../src/outputs/ansi";
import { parseFromFrame, RateLimit } from "../../src/outputs/frame/messages";
import { altairSpec, choose } from "../../src/outputs/mime";
import { cleanHtml, needsFrame, withoutScopedStyle } from "../../src/outputs/sanitize";
import { prose, type ProsePart } from "../../src/ui/prose/markdown";

interface Item {
  id: string;
  kind: string;
  payload?: string;
  payload_b64?: string;
}

const corpus = (JSON.parse(readFileSync("../tests/data/hostile/outputs.json", "utf8")) as { items: Item[] }).items;
const payload = (item: Item): string =>
  item.payload ?? Buffer.from(item.payload_b64 ?? "", "base64").toString("latin1");
const ofKind = (kind: string): Item[] => corpus.filter((item) => item.kind === kind);

/** What in a piece of HTML could act, ask for input, load, or be taken for a part of the page. */
function active(html: string): string[] {
  const body = new DOMParser().parseFromString(html, "text/html").body;
  const found = [
    ...body.querySelectorAll("script,style,iframe,object,embed,form,input,button,meta,link,base,dialog"),
  ].map((element) => element.localName);
  for (const element of body.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      const loads = name === "src" && !value.startsWith("data:image/") && !value.startsWith("/api/outputs/");
      if (name.startsWith("on") || ["id", "name", "srcdoc", "formaction"].includes(name) || loads) found.push(name);
      if (name === "href" && !/^(https?:|#|mailto:)/.test(value)) found.push(`href=${value}`);
      if (name.startsWith("data-")) found.push(name);
    }
  }
  return found;
}

beforeEach(() => {
  delete (globalThis as Record<string, unknown>)["__pwn"];
});

describe("hostile HTML", () => {
  it.each(ofKind("output_html").map((item) => [item.id, payload(item)] as const))(
    "%s is framed or harmless",
    (_, html) => {
      if (!needsFrame(html)) expect(active(cleanHtml(html))).toEqual([]);
    },
  );

  it.each(ofKind("output_html").map((item) => [item.id, payload(item)] as const))(
    "%s is harmless even if cleaned",
    (_, html) => {
      expect(active(cleanHtml(html))).toEqual([]);
    },
  );

  it("lets a table of pandas stand in the page, without its style sheet", () => {
    const html =
      '<div>\n<style scoped>\n .dataframe tbody tr th { vertical-align: top; }\n</style>\n<table border="1" class="dataframe"><tr><td>1</td></tr></table></div>';
    expect(needsFrame(html)).toBe(true);
    expect(needsFrame(withoutScopedStyle(html))).toBe(false);
    expect(cleanHtml(withoutScopedStyle(html))).toContain("<td>1</td>");
  });
});

const htmlOf = (parts: ProsePart[]): string => parts.map((part) => ("html" in part ? part.html : "")).join("");

describe("hostile markdown", () => {
  it.each(ofKind("markdown").map((item) => [item.id, payload(item)] as const))("%s stays text", async (_, text) => {
    const started = performance.now();
    const html = htmlOf(await prose(text));
    const body = new DOMParser().parseFromString(html, "text/html").body;
    const styled = [...body.querySelectorAll("[style]")].filter(
      (element) => element.closest(".katex, .katex-error") === null,
    );
    expect(styled).toEqual([]);
    const styles = [...body.querySelectorAll("[style]")].map((element) => element.getAttribute("style"));
    expect(styles.join()).not.toMatch(/position:\s*fixed/);
    expect(active(html)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("sets mathematics, tables and tasks", async () => {
    const html = htmlOf(
      await prose(
        "Euler: $e^{i\\pi}=-1$, costs $5 and $6.\n\n$$\n\\int_0^1 x\\,dx\n$$\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n- [ ] open",
      ),
    );
    const body = new DOMParser().parseFromString(html, "text/html").body;
    expect(body.querySelectorAll(".katex").length).toBe(2);
    expect(body.querySelectorAll(".katex-display").length).toBe(1);
    expect(body.textContent).toContain("costs $5 and $6.");
    expect(body.querySelector("td")?.textContent).toBe("1");
    expect([...body.querySelectorAll("li.task")].map((item) => item.textContent.trim())).toEqual(["done", "open"]);
  });

  it("leaves alone what is nested deeper than anybody writes", async () => {
    const started = performance.now();
    expect(htmlOf(await prose(`$${"{".repeat(10_000)}x${"}".repeat(10_000)}$`))).toContain("<code>{{{");
    expect(performance.now() - started).toBeLessThan(1000);
    expect(htmlOf(await prose(`$${"{".repeat(50)}x${"}".repeat(50)}$`))).toContain("katex");
  });

  it("shows attachments from where the page says", async () => {
    const html = await prose("![](attachment:a%20b.png)", {
      attachment: (name) => (name === "a b.png" ? "/api/outputs/1" : null),
    });
    expect(htmlOf(html)).toContain('src="/api/outputs/1"');
  });

  it("gives tasks their lines, and diagrams a place between the stretches", async () => {
    const text =
      "# A *b*\n\n- [x] done\n  - [ ] `open`\n\n```mermaid\ngraph TD\n```\n\n> 1. [ ] last\n\n- ```mermaid\n  x\n  ```";
    const parts = await prose(text, { diagrams: true, tickable: true, slug: (heading) => `to ${heading}` });
    expect(parts.map((part) => ("html" in part ? part.tasks : part.diagram))).toEqual([[2, 3], "graph TD\n", [9]]);
    const body = new DOMParser().parseFromString(htmlOf(parts), "text/html").body;
    const boxes = [...body.querySelectorAll("[role=checkbox]")];
    expect(boxes.map((box) => [box.getAttribute("aria-label"), box.getAttribute("aria-checked")])).toEqual([
      ["done", "true"],
      ["open", "false"],
      ["last", "false"],
    ]);
    expect(boxes.every((box) => box.getAttribute("tabindex") === "0")).toBe(true);
    expect(body.querySelector("h1 a")?.getAttribute("href")).toBe("#to%20A%20*b*");
    const other = htmlOf(await prose(text));
    expect(other).not.toContain("tabindex");
    expect(other).toContain("graph TD");
  });

  it("links to notebooks only where links are followed", async () => {
    const text =
      "[a](Other%20one.ipynb#Data) [b](/n/abc123) [c](javascript:x.ipynb) [d](//evil.example/x.ipynb) [e](/api/me)";
    const hrefs = async (notebooks: boolean): Promise<(string | null)[]> => {
      const { body } = new DOMParser().parseFromString(htmlOf(await prose(text, { notebooks })), "text/html");
      return [...body.querySelectorAll("a")].map((link) => link.getAttribute("href"));
    };
    expect(await hrefs(true)).toEqual(["Other%20one.ipynb#Data", "/n/abc123"]);
    expect(await hrefs(false)).toEqual([]);
  });
});

describe("hostile text", () => {
  it.each(ofKind("output_text").map((item) => [item.id, payload(item)] as const))("%s is shown as text", (_, text) => {
    const body = new DOMParser().parseFromString(ansiToHtml(text), "text/html").body;
    expect([...body.querySelectorAll("*")].every((element) => ["span", "br"].includes(element.localName))).toBe(true);
    expect(active(body.innerHTML)).toEqual([]);
  });

  it("puts text on grounds of their own, and leaves text that looks like a style alone", () => {
    expect(ansiToHtml("\u001b[1;103mx")).toContain("background-color:var(--ground-yellow");
    const literal = "background-color:var(--ansi-red)";
    expect(ansiToHtml(literal)).toBe(literal);
  });

  it("keeps a colour that was switched on in an earlier piece", () => {
    const pieces = new AnsiPieces();
    expect(pieces.toHtml("\u001b[31mred\n")).toContain("--ansi-red");
    expect(pieces.toHtml("still red\n")).toContain("--ansi-red");
    expect(pieces.toHtml("\u001b[0mplain\n")).toMatch(/<\/span>plain/);
    expect(pieces.toHtml("plain\n")).toBe("plain\n");
  });
});

describe("messages of a frame", () => {
  it.each([
    null,
    1,
    "ready",
    [],
    {},
    { kind: "run" },
    { kind: "height", px: "9" },
    { kind: "height", px: Infinity },
    { kind: "key", key: "Enter" },
    { kind: "link", href: "javascript:alert(1)" },
    { kind: "link", href: "/api/me" },
    { kind: "error", text: {} },
    { kind: "comm", data: 1 },
    { kind: "blocked", host: "<img src=x>" },
  ])("refuses %j", (data) => {
    expect(parseFromFrame(data)).toBeNull();
  });

  it("clamps heights and cuts error texts", () => {
    expect(parseFromFrame({ kind: "height", px: 1e9 })).toEqual({ kind: "height", px: 2000 });
    expect(parseFromFrame({ kind: "height", px: -4 })).toEqual({ kind: "height", px: 24 });
    expect(parseFromFrame({ kind: "error", text: "x".repeat(9000), token: "t" })).toEqual({
      kind: "error",
      text: "x".repeat(2000),
    });
  });

  it("drops what comes faster than the limit, and recovers", () => {
    const limit = new RateLimit(20);
    const accepted = Array.from({ length: 100 }, (_, index) => limit.allows(index)).filter(Boolean);
    expect(accepted.length).toBe(20);
    expect(limit.allows(1019)).toBe(true);
  });
});

describe("the richest form that can be shown", () => {
  it.each([
    [["text/plain", "text/html"], "html"],
    [["text/plain", "image/png"], "image"],
    [["application/javascript", "text/plain"], "frame"],
    [["text/latex", "image/png", "text/plain"], "image"],
    [["application/json", "text/plain"], "json"],
    [["application/vnd.jupyter.widget-view+json", "text/plain"], "widget"],
    [["application/vnd.vegalite.v5+json"], "vega"],
  ])("%j is drawn as %s", (mimes, place) => {
    expect(choose(mimes)?.place).toBe(place);
  });

  it("chooses what is drawn over its picture and its text", () => {
    const rich = ["text/plain", "image/png", "text/html", "application/vnd.jupyter.widget-view+json"];
    expect(choose(rich)?.place).toBe("widget");
    expect(choose(["application/vnd.vegalite.v6.4.1+json", "text/plain"])?.place).toBe("vega");
    expect(choose(["text/html", "application/javascript", "application/vnd.bokehjs_exec.v0+json"])?.place).toBe(
      "bokeh",
    );
    expect(choose(["video/mp4"])).toBeNull();
  });

  it("finds the specification in what Altair writes, and nothing in what is only like it", () => {
    const html = (spec: string): string =>
      `<div id="altair-viz-1"></div><script>(function(spec, embedOpt){ displayChart(vegaEmbed); })(${spec}, {"mode": "vega-lite"});\n</script>`;
    expect(altairSpec(html('{"mark": "bar", "data": {"values": [")("]}}'))).toEqual({
      mark: "bar",
      data: { values: [")("] },
    });
    expect(altairSpec(html("alert(1)"))).toBeNull();
    expect(altairSpec("<p>vegaEmbed</p>")).toBeNull();
  });
});
