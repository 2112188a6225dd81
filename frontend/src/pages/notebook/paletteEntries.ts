/** What the palette of a notebook offers: its commands, headings, cells that run or failed, other notebooks. */

import { t } from "@lingui/core/macro";
import {
  SquareChevronRight,
  CirclePlay,
  Crosshair,
  Download,
  Hash,
  Monitor,
  Moon,
  NotebookText,
  Play,
  Search,
  Share2,
  Square,
  Sun,
  TriangleAlert,
  Type,
} from "lucide-react";
import { COMMANDS } from "../../cells/commandList";
import { keysOf, useCustomKeys } from "../../cells/customKeys";
import { focusCell, perform } from "../../cells/perform";
import { KINDS } from "../../inputs/kinds";
import { outlineOf } from "../../outline/outline";
import type { Entry } from "../../palette/Palette";
import { api } from "../../wire/api";
import { useChoices, type EditorChoices } from "../../wire/choices";
import { useTheme, type ThemeChoice } from "../../ui/theme";
import { toastError } from "../../ui/Toast";
import type { NotebookSummary } from "../../wire/http";
import { goToHeading } from "./goToHeading";
import type { NotebookSession } from "./session";

export interface PaletteActions {
  readonly share: (() => void) | null;
  readonly search: () => void;
  readonly open: (notebook: string) => void;
}

export function paletteEntries(
  session: NotebookSession,
  notebooks: readonly Pick<NotebookSummary, "id" | "name" | "project" | "project_name">[],
  project: string | null,
  actions: PaletteActions,
): readonly Entry[] {
  const cells = session.cells.get();
  const rights = session.rights.get();
  const commands = COMMANDS.flatMap((group) => group.rows).flatMap(
    ({ command, title, keys, needs, onlyKeys }): Entry[] => {
      if (command === null || onlyKeys === true || (needs !== undefined && !rights.has(needs))) return [];
      if (command.startsWith("format") && !useChoices.getState().choices.checks) return [];
      const [first] = keysOf(command, keys, useCustomKeys.getState());
      return [
        {
          id: `command ${command}`,
          title,
          group: t`Commands`,
          icon: SquareChevronRight,
          ...(first === undefined ? {} : { keys: first }),
          run: () => void perform(cells, command),
        },
      ];
    },
  );
  return [
    ...(rights.has("RUN") ? runs(session) : []),
    ...commands,
    ...(rights.has("EDIT") ? inputs(session) : []),
    {
      id: "search",
      title: t`Search in files and notebooks of all projects`,
      group: t`Commands`,
      icon: Search,
      run: actions.search,
    },
    ...(actions.share === null
      ? []
      : [{ id: "share", title: t`Share this project`, group: t`Commands`, icon: Share2, run: actions.share }]),
    ...THEMES.map(({ choice, title, icon }) => ({
      id: `theme ${choice}`,
      title,
      group: t`Commands`,
      icon,
      run: () => useTheme.getState().choose(choice),
    })),
    ...editorEntries(rights.has("EDIT")),
    ...DOWNLOADS.map(({ format, title }) => ({
      id: `download ${format}`,
      title,
      group: t`Commands`,
      icon: Download,
      run: () => download(session, format),
    })),
    ...(session.running.get() === null
      ? []
      : [
          {
            id: "follow run",
            title: t`Follow the run`,
            group: t`Cells`,
            icon: Crosshair,
            run: () => session.followRun.begin(),
          },
        ]),
    ...troubles(session),
    ...outlineOf(cells).map((item) => ({
      id: `heading ${item.cell} ${item.nth}`,
      title: item.text,
      group: t`Headings`,
      icon: Hash,
      hint: session.nameOf(item.cell) ?? "",
      run: () => goToHeading(session, item),
    })),
    ...notebooks
      .filter(({ id }) => id !== session.notebook)
      .map(({ id, name, ...notebook }) => ({
        id: `notebook ${id}`,
        title: name,
        group: t`Notebooks`,
        icon: NotebookText,
        ...(notebook.project === project ? {} : { hint: notebook.project_name }),
        run: () => actions.open(id),
      })),
  ];
}

const THEMES: readonly { choice: ThemeChoice; title: string; icon: Entry["icon"] }[] = [
  { choice: "light", title: t`Light theme`, icon: Sun },
  { choice: "dark", title: t`Dark theme`, icon: Moon },
  { choice: "system", title: t`Theme of the system`, icon: Monitor },
];

/** What of the editor can be chosen from here; the account page has all of it. */
function editorEntries(canEdit: boolean): Entry[] {
  const { choices, change } = useChoices.getState();
  const entry = (id: string, title: string, next: Partial<EditorChoices>): Entry => ({
    id: `editor ${id}`,
    title,
    group: t`Commands`,
    icon: Type,
    run: () => change(next),
  });
  return [
    entry("numbers", choices.line_numbers ? t`Hide line numbers` : t`Show line numbers`, {
      line_numbers: !choices.line_numbers,
    }),
    entry("wrap", choices.wrap ? t`Do not wrap long lines` : t`Wrap long lines`, { wrap: !choices.wrap }),
    ...(canEdit
      ? [
          entry("checks", choices.checks ? t`Switch checks and formatting off` : t`Switch checks and formatting on`, {
            checks: !choices.checks,
          }),
        ]
      : []),
    ...KEY_SETS.filter(({ keys }) => keys !== choices.keys).map(({ keys, title }) =>
      entry(`keys ${keys}`, title, { keys }),
    ),
  ];
}

const KEY_SETS = [
  { keys: "usual", title: t`Use the usual keys in editors` },
  { keys: "vim", title: t`Use Vim keys in editors` },
  { keys: "emacs", title: t`Use Emacs keys in editors` },
] as const;

const DOWNLOADS = [
  { format: "ipynb", title: t`Download as notebook file` },
  { format: "py", title: t`Download as script` },
  { format: "deepnote", title: t`Download for Deepnote` },
  { format: "html", title: t`Download as page` },
  { format: "md", title: t`Download as Markdown` },
] as const;

/** The server names the file, and sends it as one to keep. */
function download(session: NotebookSession, format: (typeof DOWNLOADS)[number]["format"]): void {
  const { notebook } = session;
  if (session.provider.connection.get().phase !== "online") {
    toastError(t`The connection is lost. Download the notebook when it is back.`);
    return;
  }
  const link = document.createElement("a");
  link.href = format === "ipynb" ? api.ipynbAddress(notebook) : api.exportAddress(notebook, format);
  link.download = "";
  link.click();
}

function runs(session: NotebookSession): Entry[] {
  const { active } = session.view.getState();
  const order = session.cells.get().source.order();
  const at = active === null ? -1 : order.indexOf(active);
  const run = (title: string, cells: readonly string[] | "all"): Entry => ({
    id: `run ${title}`,
    title,
    group: t`Run`,
    icon: Play,
    run: () => session.cells.get().commands.run(cells),
  });
  return [
    run(t`Run all`, "all"),
    ...(at > 0 ? [run(t`Run all above`, order.slice(0, at))] : []),
    ...(at >= 0 ? [run(t`Run from here down`, order.slice(at))] : []),
    {
      id: "restart and run all",
      title: t`Restart and run all`,
      group: t`Run`,
      icon: CirclePlay,
      run: () => session.ask("restart-run-all"),
    },
    { id: "end session", title: t`End the session`, group: t`Run`, icon: Square, run: () => session.ask("stop") },
  ];
}

/** Each kind of input, to be added below the active cell. */
function inputs(session: NotebookSession): Entry[] {
  return KINDS.map(({ control, title, icon }) => ({
    id: `input ${control}`,
    title: t`Insert an input: ${title.toLowerCase()}`,
    group: t`Commands`,
    icon,
    run: () => {
      const { commands, source, view } = session.cells.get();
      commands.insertInput(view.getState().active ?? source.order().at(-1) ?? null, control);
    },
  }));
}

/** The cells that run or failed, to go to. */
function troubles(session: NotebookSession): Entry[] {
  return session.cells
    .get()
    .source.order()
    .flatMap((id) => {
      const state = session.stateOf(id);
      if (state !== "running" && state !== "error") return [];
      const name = session.nameOf(id) ?? "cell";
      return [
        {
          id: `cell ${id}`,
          title: state === "running" ? t`Go to the running ${name}` : t`Go to the failed ${name}`,
          group: t`Cells`,
          icon: state === "running" ? CirclePlay : TriangleAlert,
          run: () => {
            session.goTo(id);
            focusCell(session.cells.get(), id);
          },
        },
      ];
    });
}
