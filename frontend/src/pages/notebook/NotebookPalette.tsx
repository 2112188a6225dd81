import { useQuery } from "@tanstack/react-query";
import { useReadable } from "../../model/use";
import { dialogOnDemand } from "../../ui/onDemand";
import { latestNotebooksQuery } from "../../wire/queries";
import type { Store } from "../../wire/store";
import type { NotebookSession, Question } from "./session";

const FilledPalette = dialogOnDemand(async () => (await import("./FilledPalette")).FilledPalette);

export interface NotebookPaletteProps {
  session: NotebookSession;
  project: string | null;
  asking: Store<Question | null>;
  /** Opens the share dialog; null for those who have none. */
  share: (() => void) | null;
}

/** Ctrl or ⌘ with K. Its code comes with the first use. */
export function NotebookPalette({ asking, ...rest }: NotebookPaletteProps) {
  const isOpen = useReadable(asking, (question) => question === "palette");
  // So that they are there when it opens; once a visit is enough.
  useQuery({ ...latestNotebooksQuery, refetchInterval: false, refetchOnWindowFocus: false });
  const onOpenChange = (open: boolean): void => {
    if (!open && asking.get() === "palette") asking.set(null);
  };
  return <FilledPalette {...rest} open={isOpen} onOpenChange={onOpenChange} />;
}
