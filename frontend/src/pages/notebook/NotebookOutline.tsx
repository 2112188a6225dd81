import { useStore } from "zustand";
import { useReadable } from "../../model/use";
import { Outline } from "../../outline/Outline";
import { goToHeading } from "./goToHeading";
import type { NotebookSession } from "./session";

export function NotebookOutline({ session }: { session: NotebookSession }) {
  const documents = useReadable(session.cells, (now) => now);
  const active = useStore(session.view, (view) => view.active);
  return <Outline documents={documents} active={active} onGo={(item) => goToHeading(session, item)} />;
}
