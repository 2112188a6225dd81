/** Marks of mistakes and formatting in an open notebook, for who may edit and has not switched them off. */

import { plural, t } from "@lingui/core/macro";
import type { Analysis } from "../../analysis";
import { Linter } from "../../analysis/lint";
import type { Cells } from "../../cells/CellsContext";
import type { Editors } from "../../cells/editors";
import { cellMap, cellsOf, headOf } from "../../model/cells";
import type { Rights } from "../../model/rights";
import { useChoices } from "../../wire/choices";
import { reasonOf } from "../../wire/http";
import type { Readable } from "../../wire/store";

interface CodeChecksPage {
  readonly cells: Readable<Cells>;
  readonly editors: Editors;
  readonly rights: Readable<Rights>;
  readonly analysis: Analysis;
  readonly nameOf: (cell: string) => string | null;
  readonly message: (text: string) => void;
  readonly failed: (text: string) => void;
}

export class CodeChecks {
  readonly #page: CodeChecksPage;
  readonly #linter: Linter;
  readonly #stop: (() => void)[];

  constructor(page: CodeChecksPage) {
    this.#page = page;
    this.#linter = new Linter({ cells: page.cells, editors: page.editors, check: (seen) => page.analysis.check(seen) });
    const turn = (): void => this.#linter.turn(this.#isOn && page.rights.get().has("EDIT"));
    this.#stop = [
      page.rights.subscribe(turn),
      useChoices.subscribe(turn),
      page.cells.subscribe(() => this.#linter.documentsReplaced()),
    ];
  }

  get #isOn(): boolean {
    return useChoices.getState().choices.checks;
  }

  close(): void {
    for (const stop of this.#stop) stop();
    this.#linter.close();
  }

  /** Format cells as one step of undo. What somebody changes while the answer is on its way is left alone. */
  async format(ids: readonly string[] | "all"): Promise<void> {
    const { cells, analysis, message, failed } = this.#page;
    if (!this.#isOn) {
      failed(t`Checks and formatting are switched off. Your account page switches them on.`);
      return;
    }
    const { doc, source, undo } = cells.get();
    const texts = (ids === "all" ? source.order() : ids).flatMap((id) => {
      const cell = cellMap(cellsOf(doc), id);
      const head = cell === null ? null : headOf(id, cell);
      return head?.type === "code" ? [{ cell: id, text: head.source, source: head.source.toJSON() }] : [];
    });
    if (texts.length === 0) return;
    try {
      const answer = await analysis.format(texts.map(({ cell, source }) => ({ cell, source })));
      const { rewrite } = await import("../../analysis/format");
      const changes = texts.flatMap(({ cell, text, source }) => {
        const next = answer.texts?.[cell];
        return next === undefined || text.doc !== cells.get().doc || text.toJSON() !== source ? [] : [{ text, next }];
      });
      if (changes.length > 0) undo.structural(() => changes.forEach(({ text, next }) => rewrite(text, next)));
      message(
        wordsFor(
          changes.length,
          texts.length,
          (answer.broken ?? []).map((cell) => this.#page.nameOf(cell)),
        ),
      );
    } catch (error) {
      failed(reasonOf(error));
    }
  }
}

export function wordsFor(changed: number, asked: number, broken: readonly (string | null)[]): string {
  const done =
    changed > 0
      ? asked === 1
        ? t`Formatted`
        : plural(changed, { one: "# cell formatted", other: "# cells formatted" })
      : broken.length === asked
        ? ""
        : t`Nothing to format`;
  const named = broken.filter((name) => name !== null);
  if (named.length === 0) return done;
  const which = named.length > 3 ? t`${named.length} cells` : named.join(", ");
  const left = plural(named.length, {
    one: `${which} does not parse and stays as it is`,
    other: `${which} do not parse and stay as they are`,
  });
  return done === "" ? `${left[0]?.toUpperCase() ?? ""}${left.slice(1)}` : `${done}; ${left}`;
}
