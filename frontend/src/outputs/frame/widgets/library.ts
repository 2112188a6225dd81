/** Widget libraries of the kernel's environment, as notebook extensions bring them: AMD modules, run by a small host. */
import * as base from "@jupyter-widgets/base";
import type { FromFrame } from "../messages";

type Exports = Readonly<Record<string, unknown>>;
type Factory = (...dependencies: unknown[]) => unknown;

export class Libraries {
  readonly #known = new Map<string, Promise<Exports>>();
  readonly #asked = new Map<string, (code: string | null) => void>();

  constructor(private readonly send: (message: FromFrame) => void) {}

  /** The exports of a library; rejects where the environment brings none of that name. */
  get(name: string): Promise<Exports> {
    let known = this.#known.get(name);
    if (known === undefined) {
      known = new Promise<string | null>((resolve) => {
        this.#asked.set(name, resolve);
        this.send({ kind: "library", name });
      }).then((code) => {
        if (code === null) throw new Error(`The library ${name} of this widget cannot be drawn here.`);
        return run(name, code);
      });
      this.#known.set(name, known);
    }
    return known;
  }

  answer(name: string, code: string | null): void {
    this.#asked.get(name)?.(code);
    this.#asked.delete(name);
  }
}

async function provided(name: string): Promise<unknown> {
  if (name === "@jupyter-widgets/base") return base;
  if (name === "@jupyter-widgets/controls") return (await import("./controls")).controls;
  throw new Error(`A widget's library needs ${name}, which is not here.`);
}

/** Run an AMD module: it calls `define(dependencies, factory)` once. */
async function run(name: string, code: string): Promise<Exports> {
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  let made: { dependencies: readonly string[]; factory: Factory | Exports } | null = null;
  const define = (...given: unknown[]): void => {
    const factory = given.at(-1) as Factory | Exports;
    const dependencies = given.find((each) => Array.isArray(each)) as string[] | undefined;
    made = { dependencies: dependencies ?? [], factory };
  };
  window.define = Object.assign(define, { amd: {} });
  try {
    await new Promise<void>((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.addEventListener("load", () => resolve());
      script.addEventListener("error", () => reject(new Error(`The library ${name} could not be run.`)));
      document.head.append(script);
    });
  } finally {
    delete window.define;
    URL.revokeObjectURL(address);
  }
  const found = made as { dependencies: readonly string[]; factory: Factory | Exports } | null;
  if (found === null) throw new Error(`The library ${name} defines no module.`);
  if (typeof found.factory !== "function") return found.factory;
  const exports: Record<string, unknown> = {};
  const module = { exports, uri: "", id: name };
  const special: Record<string, unknown> = { exports, module, require: undefined };
  const dependencies = await Promise.all(
    found.dependencies.map((each) => (each in special ? special[each] : provided(each))),
  );
  const returned: unknown = found.factory(...dependencies);
  return (returned ?? module.exports) as Exports;
}
