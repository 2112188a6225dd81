import { describe, expect, it } from "vitest";
import { keepable } from "../../src/model/keepable";

const variable = (name: string, size: number | null, why: string | null = null) => ({ name, type: "int", size, why });
const of = (variables: ReturnType<typeof variable>[], total = variables.length, cloudpickle = true) =>
  keepable({ variables, total, cloudpickle });

describe("variables before the kernel ends", () => {
  it("say in one sentence what becomes of them", () => {
    expect(of([]).summary).toBe("Nothing to keep: there are no variables.");
    expect(of([variable("x", 28)]).summary).toBe("The only variable can be kept, about 28 B.");
    expect(of([variable("x", null, "it is a socket")]).summary).toBe("The only variable cannot be kept.");
    expect(of([variable("x", 1000), variable("y", null)]).summary).toBe("All 2 variables can be kept, about 1.0 kB.");
    expect(of([variable("x", 1000), variable("s", null, "it is a socket")]).summary).toBe(
      "1 of 2 variables can be kept, about 1.0 kB.",
    );
    expect(of([variable("s", null, "no"), variable("t", null, "no")]).summary).toBe(
      "None of the 2 variables can be kept.",
    );
    expect(of([variable("x", 1000)], 700).summary).toBe("700 variables; the list shows the first 1.");
  });

  it("are listed with the largest first, and those without a size last", () => {
    const found = of([variable("a", 1), variable("b", null), variable("c", 2_000_000), variable("s", 5, "it is open")]);
    expect(found.kept.map(({ name, size }) => [name, size])).toEqual([
      ["c", "2.0 MB"],
      ["a", "1 B"],
      ["b", ""],
    ]);
    expect(found.lost).toEqual([{ name: "s", why: "it is open" }]);
  });

  it("warn of classes only where cloudpickle is missing and something would be kept", () => {
    expect(of([variable("x", 1)], 1, false).note).toContain("cloudpickle");
    expect(of([], 0, false).note).toBe("");
    expect(of([variable("x", 1)]).note).toBe("");
  });
});
