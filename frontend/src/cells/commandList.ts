/** The notebook's commands by name, with their keys: what the palette runs and the list of keys shows. */

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
    title: "Anywhere in the notebook",
    rows: [
      { command: "palette", title: "Find a command", keys: [["Mod", "K"]], onlyKeys: true },
      { command: "find", title: "Find", keys: [["Mod", "F"]] },
      { command: "replace", title: "Find and replace", keys: [["Mod", "H"]], needs: "EDIT" },
      { command: "run-advance", title: "Run and go on", keys: [["Shift", "Enter"]], needs: "RUN" },
      { command: "run-stay", title: "Run", keys: [["Mod", "Enter"]], needs: "RUN" },
      { command: "run-insert", title: "Run and insert below", keys: [["Alt", "Enter"]], needs: "RUN" },
      { command: "comment", title: "Comment", keys: [["Mod", "Alt", "M"]], needs: "COMMENT" },
      { command: "panel", title: "Show or hide the panel", keys: [["Mod", "B"]] },
    ],
  },
  {
    title: "With a cell selected",
    rows: [
      { command: "edit", title: "Edit", keys: [["Enter"]], onlyKeys: true },
      { command: "up", title: "Up", keys: [["↑"], ["K"]], onlyKeys: true },
      { command: "down", title: "Down", keys: [["↓"], ["J"]], onlyKeys: true },
      {
        command: "extend-down",
        title: "Select several",
        keys: [
          ["Shift", "↑"],
          ["Shift", "↓"],
        ],
        onlyKeys: true,
      },
      { command: "select-all", title: "Select all cells", keys: [["Mod", "A"]] },
      { command: "insert-above", title: "Insert a cell above", keys: [["A"]], needs: "EDIT" },
      { command: "insert-below", title: "Insert a cell below", keys: [["B"]], needs: "EDIT" },
      { command: "insert-sql", title: "Insert a cell of SQL below", keys: [], needs: "EDIT" },
      { command: "move-up", title: "Move up", keys: [["Alt", "↑"]], needs: "EDIT" },
      { command: "move-down", title: "Move down", keys: [["Alt", "↓"]], needs: "EDIT" },
      { command: "copy", title: "Copy cells", keys: [["C"]] },
      { command: "cut", title: "Cut cells", keys: [["X"]], needs: "EDIT" },
      { command: "paste", title: "Paste cells", keys: [["V"]], needs: "EDIT" },
      { command: "delete", title: "Delete cells", keys: [["D", "D"]], needs: "EDIT" },
      { command: "undo", title: "Undo", keys: [["Z"]], needs: "EDIT" },
      { command: "redo", title: "Redo", keys: [["Shift", "Z"]], needs: "EDIT" },
      { command: "to-markdown", title: "Make it text", keys: [["M"]], needs: "EDIT" },
      { command: "to-code", title: "Make it code", keys: [["Y"]], needs: "EDIT" },
      { command: "to-raw", title: "Make it raw", keys: [["R"]], needs: "EDIT" },
      { command: "to-sql", title: "Make it SQL", keys: [], needs: "EDIT" },
      { command: "merge", title: "Join with the next cell", keys: [["Shift", "M"]], needs: "EDIT" },
      { command: "format", title: "Format the code", keys: [["Shift", "Alt", "F"]], needs: "EDIT" },
      { command: "format-all", title: "Format all cells", keys: [], needs: "EDIT" },
      { command: "fold-output", title: "Fold the output", keys: [["O"]] },
      { command: "fold-code", title: "Fold the code", keys: [["Shift", "O"]] },
      { command: "fold-section", title: "Fold the section under a heading", keys: [["Shift", "H"]] },
      { command: "fold-sections", title: "Fold all sections", keys: [] },
      { command: "fold-all", title: "Fold all code and outputs", keys: [] },
      { command: "unfold-all", title: "Unfold everything", keys: [] },
      { command: "go-to-line", title: "Go to a line of the cell", keys: [] },
      { command: "bin", title: "Deleted cells", keys: [], needs: "EDIT" },
      { command: "interrupt", title: "Stop what runs", keys: [["I", "I"]], needs: "RUN" },
      { command: "restart", title: "Restart the kernel", keys: [["0", "0"]], needs: "RUN" },
      { command: "scroll-down", title: "Scroll", keys: [["Space"], ["Shift", "Space"]], onlyKeys: true },
      { command: "help", title: "Keyboard shortcuts", keys: [["?"]] },
    ],
  },
  {
    title: "In an editor",
    rows: [
      { command: "leave", title: "Leave", keys: [["Esc"]], onlyKeys: true },
      { command: null, title: "Indent, outdent", keys: [["Tab"], ["Shift", "Tab"]] },
      { command: null, title: "Comment", keys: [["Mod", "/"]] },
      { command: null, title: "Next, previous mark", keys: [["F8"], ["Shift", "F8"]] },
      { command: null, title: "Fix what is marked here", keys: [["Mod", "."]] },
      { command: "split", title: "Split the cell", keys: [["Mod", "Shift", "-"]], needs: "EDIT" },
      {
        command: null,
        title: "Undo, redo your edits",
        keys: [
          ["Mod", "Z"],
          ["Mod", "Shift", "Z"],
        ],
      },
    ],
  },
];
