/**
 * What helps while somebody writes: brackets that close, completion, documentation. Nobody needs it to read, so it is
 * fetched when the first editor is built, and put into all of them when it has come.
 */

import { Compartment, type Extension } from "@codemirror/state";
import type { AnalysisSetup } from "../../analysis";
import type { Editors } from "../../cells/editors";

const RETRY_MS = 5000;

type Help = (analysed: AnalysisSetup | null) => Extension;

async function fetchHelp(): Promise<Help> {
  const [{ closing }, { codeAnalysis }] = await Promise.all([import("../../cells/closing"), import("../../analysis")]);
  return (analysed) => [closing, analysed === null ? [] : codeAnalysis(analysed)];
}

export class WritingHelp {
  readonly #editors: Editors;
  readonly #setup: (cell: string) => AnalysisSetup | null;
  readonly #place = new Compartment();
  #help: Help | null = null;
  #isAsked = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** `setup` is null for a cell whose text is no Python. */
  constructor(editors: Editors, setup: (cell: string) => AnalysisSetup | null) {
    this.#editors = editors;
    this.#setup = setup;
  }

  /** Its place in the editor of a cell. */
  in(cell: string): Extension {
    if (!this.#isAsked) void this.#fetch();
    return this.#place.of(this.#for(cell));
  }

  close(): void {
    this.#isAsked = true;
    clearTimeout(this.#retry);
  }

  #for(cell: string): Extension {
    return this.#help?.(this.#setup(cell)) ?? [];
  }

  async #fetch(): Promise<void> {
    this.#isAsked = true;
    try {
      this.#help = await fetchHelp();
    } catch {
      this.#retry = setTimeout(() => void this.#fetch(), RETRY_MS); // the server is away: one writes without, until then
      return;
    }
    for (const [cell, view] of this.#editors.built())
      view.dispatch({ effects: this.#place.reconfigure(this.#for(cell)) });
  }
}
