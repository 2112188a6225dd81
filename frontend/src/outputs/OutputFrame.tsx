/** Shows active content in the sandboxed frame. */
import { useCallback, type ReactElement } from "react";
import { currentTheme, FrameBox, type FrameSession } from "./FrameBox";
import type { ToFrame } from "./frame/messages";

interface Props {
  title: string;
  mime: string;
  value: string;
}

export function OutputFrame({ title, mime, value }: Props): ReactElement {
  const begin = useCallback(
    (post: (message: ToFrame) => void): FrameSession => {
      post({ kind: "render", mime, value, ...currentTheme() });
      return { receive: () => undefined, close: () => undefined };
    },
    [mime, value],
  );
  return <FrameBox title={title} identity={value} begin={begin} />;
}
