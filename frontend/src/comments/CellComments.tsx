import { plural, t } from "@lingui/core/macro";
import { MessageSquare } from "lucide-react";
import { memo } from "react";
import { useReadable } from "../model/use";
import type { CommentStore } from "./store";
import "./comments.css";

/** In a cell's foot: how much was said about it. */
export const CellComments = memo(function CellComments({
  comments,
  cell,
  onOpen,
}: {
  comments: CommentStore;
  cell: string;
  onOpen: (thread: string) => void;
}) {
  const { open, unread } = useReadable(comments.inCell(cell), (now) => now);
  if (open === 0) return null;
  const first = (): void => {
    const threads = comments.threads.get().filter((one) => one.cell === cell && one.resolvedBy === null);
    const seenAt = comments.seenAt.get() ?? 0;
    const thread = threads.find((one) => one.messages.some((said) => said.at > seenAt)) ?? threads[0];
    if (thread !== undefined) onOpen(thread.id);
  };
  const words = plural(open, { one: "# comment", other: "# comments" });
  return (
    <button type="button" className="cell-comments" data-unread={unread > 0 || undefined} onClick={first}>
      <MessageSquare size={13} aria-hidden />
      {words}
      {unread > 0 && <span className="cell-comments-new">{t`${unread} new`}</span>}
    </button>
  );
});
