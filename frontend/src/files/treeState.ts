/** What is open in the tree of a project's files, for as long as the page lives. */
import { create, type StoreApi, type UseBoundStore } from "zustand";

export interface TreeState {
  readonly expanded: ReadonlySet<string>;
  /** How many parts of a folder show; one part unless somebody asked for more. */
  readonly parts: ReadonlyMap<string, number>;
  /** The row that has, or had, the focus. */
  readonly active: string | null;
  /** The row that is to get the focus as soon as it is there. */
  readonly wanted: string | null;
  readonly renaming: string | null;
  readonly hidden: boolean;
  readonly open: (folder: string) => void;
  readonly close: (folder: string) => void;
  readonly more: (folder: string) => void;
  readonly go: (row: string | null) => void;
  readonly focus: (row: string | null) => void;
  readonly focused: () => void;
  readonly rename: (address: string | null) => void;
  readonly showHidden: (hidden: boolean) => void;
}

export type TreeStore = UseBoundStore<StoreApi<TreeState>>;

const trees = new Map<string, TreeStore>();

/** The tree of a project; the same one in the notebook's panel and on the project's page. */
export function treeOf(project: string): TreeStore {
  const known = trees.get(project);
  if (known !== undefined) return known;
  const made = create<TreeState>((set, get) => ({
    expanded: new Set<string>(),
    parts: new Map<string, number>(),
    active: null,
    wanted: null,
    renaming: null,
    hidden: false,
    open: (folder) => {
      if (folder !== "") set({ expanded: new Set([...get().expanded, folder]) });
    },
    close: (folder) => set({ expanded: new Set([...get().expanded].filter((each) => each !== folder)) }),
    more: (folder) => set({ parts: new Map([...get().parts, [folder, (get().parts.get(folder) ?? 1) + 1]]) }),
    go: (active) => set({ active }),
    focus: (row) => set({ active: row, wanted: row }),
    focused: () => set({ wanted: null }),
    rename: (renaming) => set({ renaming }),
    showHidden: (hidden) => set({ hidden }),
  }));
  trees.set(project, made);
  return made;
}
