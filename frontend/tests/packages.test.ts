import { describe, expect, it } from "vitest";
import {
  answers,
  changeText,
  found,
  linesOf,
  listed,
  missingModule,
  phaseText,
  share,
  sizeText,
  unwritten,
  wanted,
  type Package,
  type PackageRequest,
  type ShownJob,
} from "../src/packages/words";

const JOB: ShownJob = {
  id: "j",
  title: "Install tidy",
  state: "running",
  phase: "downloading",
  text: "Downloading tidy",
  doneBytes: 5_000_000,
  totalBytes: 10_000_000,
  elapsedS: 3,
  by: "Ada",
  code: null,
  reason: null,
  detail: null,
};

const made = (name: string, origin: Package["origin"], summary = ""): Package => ({
  name,
  version: "1.0",
  size: 1,
  summary,
  origin,
  needed_by: [],
});

describe("what somebody types to install", () => {
  it.each([
    ["polars", ["polars"]],
    ["polars, altair>=5", ["polars", "altair>=5"]],
    ["numpy>=1, <2 pandas", ["numpy>=1, <2", "pandas"]],
    ["scikit-learn >= 1.5", ["scikit-learn >= 1.5"]],
    ["fastapi[all,test] rich", ["fastapi[all,test]", "rich"]],
    ["tomli; python_version < '3.11'", ["tomli; python_version < '3.11'"]],
    ["pkg @ https://example.org/a.whl", ["pkg @ https://example.org/a.whl"]],
    ["-e ./lib", ["-e ./lib"]],
    ["a\n\nb\n", ["a", "b"]],
    ["  ", []],
  ])("%j is %j", (text, lines) => {
    expect(linesOf(text)).toEqual(lines);
  });
});

describe("how far a job is", () => {
  it("says sizes while it downloads", () => {
    expect(phaseText(JOB)).toBe("Downloading tidy · 5.0 MB of 10 MB");
    expect(share(JOB)).toBeCloseTo(0.55);
  });

  it("knows no share while something is built or waits", () => {
    expect(share({ ...JOB, phase: "building" })).toBeNull();
    expect(phaseText({ ...JOB, state: "queued" })).toBe("Waits for the change before it");
  });
});

it("writes sizes with one figure after the point where that says something", () => {
  expect([0, 999, 1000, 4_230, 16_100_000, 2_100_000_000].map(sizeText)).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "4.2 kB",
    "16 MB",
    "2.1 GB",
  ]);
});

it("puts what was asked for before what others need, and finds by name and by purpose", () => {
  const all = [made("zlibish", "needed"), made("pandas", "base", "Data structures"), made("tidy", "declared")];
  expect(found(all, "").map((each) => each.name)).toEqual(["tidy", "pandas", "zlibish"]);
  expect(found(all, "data").map((each) => each.name)).toEqual(["pandas"]);
  expect(found(all, "Zlib").map((each) => each.name)).toEqual(["zlibish"]);
});

it("says what came, went and changed", () => {
  expect(changeText({ name: "a", before: null, after: "1" })).toBe("a 1");
  expect(changeText({ name: "a", before: "1", after: null })).toBe("a removed");
  expect(changeText({ name: "a", before: "1", after: "2" })).toBe("a 1 → 2");
});

describe("the module that an error misses", () => {
  const error = (ename: string, evalue: string, traceback: string[] = []) => ({ ename, evalue, traceback });
  it.each([
    [error("ModuleNotFoundError", "No module named 'sklearn'"), "sklearn"],
    [error("ModuleNotFoundError", "No module named 'google.cloud.storage'"), "google.cloud.storage"],
    [
      error("ImportError", "Missing optional dependency 'openpyxl'.  Use pip or conda to install openpyxl."),
      "openpyxl",
    ],
    [error("ImportError", "lxml not found, please install it: pip install 'lxml'"), "lxml"],
    [
      error("ImportError", "Unable to find a usable engine", [
        "\u001b[31mModuleNotFoundError\u001b[39m: No module named \u001b[31m'pyarrow'\u001b[39m",
        "The above exception was the direct cause",
        "ImportError: Unable to find a usable engine",
      ]),
      "pyarrow",
    ],
    [error("ImportError", "cannot import name 'x' from 'y'"), null],
    [error("ValueError", "No module named 'sklearn'"), null],
    [error("ModuleNotFoundError", "No module named '../x'"), null],
  ])("%j misses %j", (given, module) => {
    expect(missingModule(given)).toBe(module);
  });
});

describe("who asks for what", () => {
  const request = (line: string, name: string, state: PackageRequest["state"] = "open"): PackageRequest => ({
    id: `${line} ${name}`,
    line,
    distribution: line,
    by: { id: name, name, display_name: name, color: 0 },
    state,
    created_at: "2026-01-01T00:00:00Z",
    answered_by: null,
    answered_at: null,
  });

  it("is one row a line, with all who wait for it", () => {
    const rows = wanted([
      request("a", "Ada"),
      request("b", "Bob"),
      request("a", "Eve"),
      request("a", "Ida", "declined"),
    ]);
    expect(rows.map((row) => [row.line, listed(row.people), row.requests.length])).toEqual([
      ["a", "Ada and Eve", 2],
      ["b", "Bob", 1],
    ]);
    expect(listed(["a", "b", "c", "d"])).toBe("a, b and 2 more");
  });

  it("tells what one person answered in one sentence", () => {
    const answered = (line: string, state: PackageRequest["state"], who: string): PackageRequest => ({
      ...request(line, "Eve", state),
      answered_by: { id: who, name: who, display_name: who, color: 0 },
    });
    const told = answers([
      answered("a", "installed", "Ada"),
      answered("b", "declined", "Ada"),
      answered("c", "installed", "Ada"),
      request("d", "Eve"),
    ]);
    expect(told.map(({ state, who, lines, ids }) => [state, who, lines, ids.length])).toEqual([
      ["installed", "Ada", ["a", "c"], 2],
      ["declined", "Ada", ["b"], 1],
    ]);
  });
});

describe("what requirements.txt lacks", () => {
  it("is neither what it names and nobody has installed, nor told twice", () => {
    const needed = (distribution: string) => ({ distribution }) as never;
    const told = {
      missing: [needed("tidy"), needed("altair")],
      undeclared: [needed("pandas")],
      declared: [{ name: "tidy" }],
    } as never;
    expect(unwritten(told).map((each) => each.distribution)).toEqual(["altair", "pandas"]);
  });
});
