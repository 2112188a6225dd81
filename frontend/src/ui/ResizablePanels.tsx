import { t } from "@lingui/core/macro";
import { useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { cx } from "./cx";
import { clampWidth, readWidth, writeWidth, type PanelLimits } from "./panelWidth";

export interface SidePanel {
  /** The landmark's name, as "Notebooks". */
  label: string;
  open: boolean;
  limits: PanelLimits;
  content: ReactNode;
}

export interface ResizablePanelsProps {
  /** The key under which this browser remembers the widths. */
  name: string;
  left?: SidePanel;
  right?: SidePanel;
  children: ReactNode;
  className?: string;
}

/** A document between two panels that resize by dragging or by arrow keys; a folded panel is not mounted. */
export function ResizablePanels({ name, left, right, children, className }: ResizablePanelsProps) {
  return (
    <div className={cx("flex min-h-0 flex-1", className)}>
      {left?.open === true && <Side key="left" side="left" name={name} panel={left} />}
      <div className="min-w-0 flex-1">{children}</div>
      {right?.open === true && <Side key="right" side="right" name={name} panel={right} />}
    </div>
  );
}

function Side({ side, name, panel }: { side: "left" | "right"; name: string; panel: SidePanel }) {
  const key = `${name}.${side}`;
  const { limits } = panel;
  const [width, setWidth] = useState(() => readWidth(key, limits));
  const drag = useRef<{ from: number; width: number } | null>(null);
  // The panel that begins the line lies on the right in a page from right to left.
  const outward = (side === "left") === (document.documentElement.dir !== "rtl") ? 1 : -1;

  const resize = (next: number): void => {
    const clamped = clampWidth(next, limits);
    setWidth(clamped);
    writeWidth(key, clamped);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 16 : event.key === "ArrowLeft" ? -16 : 0;
    if (step === 0 && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    resize(event.key === "Home" ? limits.min : event.key === "End" ? limits.max : width + step * outward);
  };
  const onPointerDown = (event: PointerEvent<HTMLElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { from: event.clientX, width };
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (drag.current !== null) resize(drag.current.width + (event.clientX - drag.current.from) * outward);
  };

  const handle = (
    // A focusable separator is the widget that the ARIA practices name a window splitter.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={t`Width of ${panel.label}`}
      aria-valuenow={width}
      aria-valuemin={limits.min}
      aria-valuemax={limits.max}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => (drag.current = null)}
      onPointerCancel={() => (drag.current = null)}
      onDoubleClick={() => resize(limits.initial)}
      className={cx(
        "group absolute inset-y-0 z-10 w-2 cursor-col-resize touch-none outline-none",
        side === "left" ? "-end-1" : "-start-1",
      )}
    >
      <span className="mx-auto block h-full w-0.5 transition-colors duration-120 group-hover:bg-line2 group-focus-visible:bg-accent group-active:bg-accent" />
    </div>
  );
  const style: CSSProperties = { width };
  return (
    <aside
      aria-label={panel.label}
      style={style}
      className={cx(
        "relative flex min-h-0 shrink-0 flex-col border-line bg-panel",
        side === "left" ? "border-e" : "border-s",
      )}
    >
      {panel.content}
      {handle}
    </aside>
  );
}
