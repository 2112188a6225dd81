import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { ListOrdered, Play, Settings2 } from "lucide-react";
import { Badge } from "../ui/Badge";
import { Checkbox } from "../ui/Checkbox";
import { Loading, Skeleton } from "../ui/Skeleton";
import { sizeText } from "../model/sizes";
import { reasonOf, type Schemas } from "../wire/http";
import { gitDiffQuery } from "./useGit";
import "./git.css";

type Cell = Schemas["GitCell"];

const CELL_WORDS: Record<Cell["change"], string> = {
  added: t`New cell`,
  deleted: t`Deleted cell`,
  changed: t`Changed cell`,
  moved: t`Moved cell`,
};

export interface DiffViewProps {
  project: string;
  path: string;
  /** Of an earlier commit; null for what is not committed. */
  commit: string | null;
  /** Lets single cells be chosen. */
  cells?: {
    isChosen: (key: string) => boolean;
    onChoose: (key: string, chosen: boolean, all: readonly string[]) => void;
  };
}

/** How a file differs: notebooks by their cells, text by its lines. */
export function DiffView({ project, path, commit, cells }: DiffViewProps) {
  const diff = useQuery(gitDiffQuery(project, path, commit));
  if (diff.isError) return <p className="px-4 py-3 text-[13px] text-err">{reasonOf(diff.error)}</p>;
  if (diff.data === undefined)
    return (
      <Loading label={t`Comparing ${path}`}>
        <div className="space-y-2 px-4 py-3">
          <Skeleton className="h-4 w-3/5" />
          <Skeleton className="h-4 w-2/5" />
        </div>
      </Loading>
    );
  const { kind, text, is_whole } = diff.data;
  switch (kind) {
    case "notebook":
      return <CellDiffs cells={diff.data.cells} choosing={cells} />;
    case "text":
      return (
        <>
          <Lines lines={bodyOf(text)} label={t`Changes of ${path}`} />
          {!is_whole && <p className="px-4 py-2 text-[13px] text-fg3">{t`The rest is too long to show.`}</p>}
        </>
      );
    case "binary":
      return (
        <p className="px-4 py-3 text-[13px] text-fg2">{t`This file is no text, so its changes cannot be shown.`}</p>
      );
    case "lfs":
      return (
        <p className="px-4 py-3 text-[13px] text-fg2">
          {t`The content of this file is kept in Git LFS, outside of the repository. Only a pointer to it is here.${pointed(diff.data.sizes ?? [])}`}
        </p>
      );
    case "same":
      return <p className="px-4 py-3 text-[13px] text-fg2">{t`This file does not differ any more.`}</p>;
  }
}

function CellDiffs({ cells, choosing }: { cells: readonly Cell[]; choosing: DiffViewProps["cells"] }) {
  if (cells.length === 0)
    return (
      <p className="px-4 py-3 text-[13px] text-fg2">{t`Only the settings of the notebook differ, and no cell.`}</p>
    );
  const all = cells.map((cell) => cell.key);
  return (
    <ul aria-label={t`Changed cells`} className="divide-y divide-line">
      {cells.map((cell) => (
        <li key={`${cell.change}-${cell.key}`}>
          {cell.skipped > 0 && (
            <p className="border-b border-line bg-panel px-4 py-1 text-xs text-fg3">
              {plural(cell.skipped, { one: "# cell is the same", other: "# cells are the same" })}
            </p>
          )}
          <div className="flex min-h-9 flex-wrap items-center gap-2 px-2 py-1">
            {choosing === undefined ? (
              <span className="px-2 text-[13px] font-medium text-fg2">{CELL_WORDS[cell.change]}</span>
            ) : (
              <Checkbox
                checked={choosing.isChosen(cell.key)}
                onChange={(chosen) => choosing.onChoose(cell.key, chosen, all)}
              >
                <span className="text-[13px] font-medium text-fg2">{CELL_WORDS[cell.change]}</span>
              </Checkbox>
            )}
            {cell.type !== "code" && <Badge>{cell.type === "markdown" ? t`Text` : t`Raw`}</Badge>}
            {cell.outputs && (
              <Badge>
                <Play size={11} aria-hidden /> {t`Outputs differ`}
              </Badge>
            )}
            {cell.meta && (
              <Badge>
                <Settings2 size={11} aria-hidden /> {t`Settings differ`}
              </Badge>
            )}
            {cell.change === "moved" && (
              <Badge>
                <ListOrdered size={11} aria-hidden /> {t`Another place`}
              </Badge>
            )}
          </div>
          {cell.change !== "moved" && cell.lines.some((line) => !line.startsWith(" ")) && (
            <Lines lines={cell.lines} label={CELL_WORDS[cell.change]} />
          )}
        </li>
      ))}
    </ul>
  );
}

function Lines({ lines, label }: { lines: readonly string[]; label: string }) {
  return (
    // Long lines scroll, so the keyboard has to reach it.
    <div role="group" aria-label={label} tabIndex={0} className="git-lines pb-2">
      <div>
        {lines.map((line, index) => (
          <div key={index} className="git-line" data-sign={line.slice(0, 1)}>
            <span aria-label={SIGNS[line.slice(0, 1)]}>{line.slice(0, 1)}</span>
            <span>{line.slice(1)}</span>
          </div>
        ))}
      </div>
    </div>
  );
}

const SIGNS: Record<string, string> = { "+": t`added`, "-": t`removed` };

/** The lines of a unified diff, without what names the file. */
function bodyOf(text: string): string[] {
  const lines = text.replace(/\n$/, "").split("\n");
  const first = lines.findIndex((line) => line.startsWith("@@"));
  return first < 0 ? lines : lines.slice(first);
}

/** What the pointers before and after stand for, where both say so. */
function pointed(sizes: readonly (number | null)[]): string {
  const [before, after] = sizes;
  if (typeof after === "number" && typeof before === "number")
    return t` It stands for ${sizeText(after)}; before, for ${sizeText(before)}.`;
  return typeof after === "number" ? t` It stands for ${sizeText(after)}.` : "";
}
