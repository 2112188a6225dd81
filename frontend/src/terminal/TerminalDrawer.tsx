import { t } from "@lingui/core/macro";
import { SquareTerminal, X } from "lucide-react";
import { type KeyboardEvent, type PointerEvent } from "react";
import { IconButton } from "../ui/IconButton";
import { partOnDemand } from "../ui/onDemand";
import { useDrawer } from "./drawer";

const STEP_PX = 24;

const TerminalPanel = partOnDemand(async () => (await import("./TerminalPanel")).TerminalPanel);

/** The button that shows and hides the drawer. */
export function TerminalButton() {
  const { isOpen, toggle } = useDrawer();
  return (
    <IconButton
      icon={SquareTerminal}
      label={isOpen ? t`Hide the terminal` : t`Terminal`}
      aria-expanded={isOpen}
      pressed={isOpen}
      onClick={toggle}
    />
  );
}

/** Terminals below the page; its upper edge moves by pointer and by arrow keys. */
export function TerminalDrawer({ project, me }: { project: string; me: string }) {
  const { isOpen, height, toggle, setHeight } = useDrawer();
  if (!isOpen) return null;
  const drag = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons === 1) setHeight(window.innerHeight - event.clientY);
  };
  const step = (event: KeyboardEvent<HTMLDivElement>): void => {
    const by = { ArrowUp: STEP_PX, ArrowDown: -STEP_PX }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    setHeight(height + by);
  };
  return (
    <aside aria-label={t`Terminal drawer`} className="terminal-drawer" style={{ height }}>
      {/* A focusable separator is the widget that the ARIA practices name a window splitter. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        role="separator"
        aria-orientation="horizontal"
        aria-label={t`Height of the terminal`}
        aria-valuenow={height}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="terminal-edge"
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onKeyDown={step}
      />
      <TerminalPanel
        project={project}
        me={me}
        actions={<IconButton icon={X} size="small" label={t`Hide the terminals`} onClick={toggle} />}
      />
    </aside>
  );
}
