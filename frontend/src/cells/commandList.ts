/** The notebook's commands by name, with their keys: what the palette runs and the list of keys shows. */

import { t } from "@lingui/core/macro";
import type { KeyCommand } from "./keys";

export interface CommandRow {
  /** Null for what only a key in the editor does. */
  readonly command: KeyCommand | null;
  readonly title: string;
  /** Each is one way to press it, as `["Mod", "B"]`; none is what the palette and menus alone do. */
  readonly keys: readonly (readonly string[])[];
  readonly needs?: "COMMENT" | "EDIT" | "RUN";
  /** Moving about and the like, of which nobody thinks by name. */
  readonly onlyKeys?: true;
}

export interface CommandGroup {
  readonly title: string;
  readonly rows: readonly CommandRow[];
}

export const COMMANDS: readonly CommandGroup[] = [
  {
    title: t`Anywhere in the notebook`,
    rows: [
      { command: "palette", title: t`Find a command`, keys: [["Mod", "K"]], onlyKeys: true },
      { command: "find", title: t`Find`, keys: [["Mod", "F"]] },
      { command: "replace", title: t`Find and replace`, keys: [["Mod", "H"]], needs: "EDIT" },
      { command: "run-advance", title: t`Run and go on`, keys: [["Shift", "Enter"]], needs: "RUN" },
      { command: "run-stay", title: t`Run`, keys: [["Mod", "Enter"]], needs: "RUN" },
      { command: "run-insert", title: t`Run and insert below`, keys: [["Alt", "Enter"]], needs: "RUN" },
      { command: "comment", title: t`Comment`, keys: [["Mod", "Alt", "M"]], needs: "COMMENT" },
      { command: "panel", title: t`Show or hide the panel`, keys: [["Mod", "B"]] },
    ],
  },
  {
    title: t`With a cell selected`,
    rows: [
      { command: "edit", title: t`Edit`, keys: [["Enter"]], onlyKeys: true },
      { command: "up", title: t`Up`, keys: [["↑"], ["K"]], onlyKeys: true },
      { command: "down", title: t`Down`, keys: [["↓"], ["J"]], onlyKeys: true },
      {
        command: "extend-down",
        title: t`Select several`,
        keys: [
          ["Shift", "↑"],
          ["Shift", "↓"],
        ],
        onlyKeys: true,
      },
      { command: "select-all", title: t`Select all cells`, keys: [["Mod", "A"]] },
      { command: "insert-above", title: t`Insert a cell above`, keys: [["A"]], needs: "EDIT" },
      { command: "insert-below", title: t`Insert a cell below`, keys: [["B"]], needs: "EDIT" },
      { command: "insert-sql", title: t`Insert a cell of SQL below`, keys: [], needs: "EDIT" },
      { command: "move-up", title: t`Move up`, keys: [["Alt", "↑"]], needs: "EDIT" },
      { command: "move-down", title: t`Move down`, keys: [["Alt", "↓"]], needs: "EDIT" },
      { command: "copy", title: t`Copy cells`, keys: [["C"]] },
      { command: "cut", title: t`Cut cells`, keys: [["X"]], needs: "EDIT" },
      { command: "paste", title: t`Paste cells`, keys: [["V"]], needs: "EDIT" },
      { command: "delete", title: t`Delete cells`, keys: [["D", "D"]], needs: "EDIT" },
      { command: "undo", title: t`Undo`, keys: [["Z"]], needs: "EDIT" },
      { command: "redo", title: t`Redo`, keys: [["Shift", "Z"]], needs: "EDIT" },
      { command: "to-markdown", title: t`Make it text`, keys: [["M"]], needs: "EDIT" },
      { command: "to-code", title: t`Make it code`, keys: [["Y"]], needs: "EDIT" },
      { command: "to-raw", title: t`Make it raw`, keys: [["R"]], needs: "EDIT" },
      { command: "to-sql", title: t`Make it SQL`, keys: [], needs: "EDIT" },
      { command: "merge", title: t`Join with the next cell`, keys: [["Shift", "M"]], needs: "EDIT" },
      { command: "format", title: t`Format the code`, keys: [["Shift", "Alt", "F"]], needs: "EDIT" },
      { command: "format-all", title: t`Format all cells`, keys: [], needs: "EDIT" },
      { command: "fold-output", title: t`Fold the output`, keys: [["O"]] },
      { command: "fold-code", title: t`Fold the code`, keys: [["Shift", "O"]] },
      { command: "fold-section", title: t`Fold the section under a heading`, keys: [["Shift", "H"]] },
      { command: "fold-sections", title: t`Fold all sections`, keys: [] },
      { command: "fold-all", title: t`Fold all code and outputs`, keys: [] },
      { command: "unfold-all", title: t`Unfold everything`, keys: [] },
      { command: "go-to-line", title: t`Go to a line of the cell`, keys: [] },
      { command: "bin", title: t`Deleted cells`, keys: [], needs: "EDIT" },
      { command: "interrupt", title: t`Stop what runs`, keys: [["I", "I"]], needs: "RUN" },
      { command: "restart", title: t`Restart the kernel`, keys: [["0", "0"]], needs: "RUN" },
      { command: "scroll-down", title: t`Scroll`, keys: [["Space"], ["Shift", "Space"]], onlyKeys: true },
      { command: "help", title: t`Keyboard shortcuts`, keys: [["?"]] },
    ],
  },
  {
    title: t`In an editor`,
    rows: [
      { command: "leave", title: t`Leave`, keys: [["Esc"]], onlyKeys: true },
      { command: null, title: t`Indent, outdent`, keys: [["Tab"], ["Shift", "Tab"]] },
      { command: null, title: t`Comment`, keys: [["Mod", "/"]] },
      { command: null, title: t`Next, previous mark`, keys: [["F8"], ["Shift", "F8"]] },
      { command: null, title: t`Fix what is marked here`, keys: [["Mod", "."]] },
      { command: "split", title: t`Split the cell`, keys: [["Mod", "Shift", "-"]], needs: "EDIT" },
      {
        command: null,
        title: t`Undo, redo your edits`,
        keys: [
          ["Mod", "Z"],
          ["Mod", "Shift", "Z"],
        ],
      },
    ],
  },
];
