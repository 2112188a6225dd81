/** A table in a variable, opened by its name, as from the list of variables. */
import { t } from "@lingui/core/macro";
import { useEffect, useState, type ReactElement } from "react";
import { toastError } from "../ui/Toast";
import { reasonOf } from "../wire/http";
import { readFrame, type Frame } from "./bundle";
import { FrameDialog } from "./FrameDialog";
import type { FrameHost } from "./host";
import "./frames.css";

export interface VariableWindowProps {
  name: string;
  host: FrameHost;
  onClose: () => void;
}

export function VariableWindow({ name, host, onClose }: VariableWindowProps): ReactElement | null {
  const [frame, setFrame] = useState<Frame | null>(null);
  useEffect(() => {
    let isOver = false;
    host.ask(name, { operation: "open" }).then(
      (answer) => {
        const columns = answer.columns ?? [];
        const index = answer.index ?? [];
        const empty = { version: 1, cells: columns.map(() => []), index_cells: index.map(() => []) };
        if (!isOver) setFrame(readFrame({ ...answer, ...empty }));
      },
      (error: unknown) => {
        if (isOver) return;
        toastError(reasonOf(error));
        onClose();
      },
    );
    return () => {
      isOver = true;
    };
  }, [name, host, onClose]);
  if (frame === null) return null;
  return (
    <FrameDialog
      frame={frame}
      table={name}
      host={host}
      viewKey={`variable:${name}`}
      label={t`Table ${name}`}
      onClose={onClose}
    />
  );
}
