import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useReadable } from "../../model/use";
import { latestNotebooksQuery } from "../../wire/queries";
import type { Store } from "../../wire/store";
import type { NotebookSession, Question } from "./session";

const FilledPalette = lazy(() => import("./FilledPalette"));

export interface NotebookPaletteProps {
  session: NotebookSession;
  project: string | null;
  asking: Store<Question | null>;
  /** Opens the share dialog; null for those who have none. */
  share: (() => void) | null;
}

/** Ctrl or ⌘ with K. Its code comes with the first use. */
export function NotebookPalette(props: NotebookPaletteProps) {
  const isOpen = useReadable(props.asking, (question) => question === "palette");
  const [wasOpen, setWasOpen] = useState(false);
  // So that they are there when it opens; once a visit is enough.
  useQuery({ ...latestNotebooksQuery, refetchInterval: false, refetchOnWindowFocus: false });
  if (isOpen && !wasOpen) setWasOpen(true);
  if (!wasOpen) return null;
  return (
    <Suspense fallback={null}>
      <FilledPalette {...props} isOpen={isOpen} />
    </Suspense>
  );
}
