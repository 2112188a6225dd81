import { FitAddon } from "@xterm/addon-fit";
import { Terminal, type ITheme } from "@xterm/xterm";
import { useEffect, useRef } from "react";
import { copyText } from "../ui/copyText";
import { useTheme } from "../ui/theme";
import { meaningOf } from "./keys";
import { TerminalLine, type LineHandlers } from "./line";
import "@xterm/xterm/css/xterm.css";

export interface TerminalViewProps {
  url: string;
  label: string;
  onTold: LineHandlers["onTold"];
  onLine: LineHandlers["onLine"];
  onEnd: LineHandlers["onEnd"];
  /** F6: the person wants out, by the keyboard. */
  onLeave: () => void;
}

const ANSI = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;

/** The colours of the tokens, as they are now. */
function themeOf(node: HTMLElement): ITheme {
  const style = getComputedStyle(node);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const theme: ITheme = {
    background: token("card"),
    foreground: token("fg"),
    cursor: token("accent"),
    cursorAccent: token("card"),
    selectionBackground: token("sel"),
  };
  const bright = (name: string): string => `bright${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return Object.assign(
    theme,
    Object.fromEntries(
      ANSI.flatMap((name) => [
        [name, token(`ansi-${name}`)],
        [bright(name), token(`ansi-bright-${name}`)],
      ]),
    ),
  );
}

/** One terminal's screen. Loaded when the first one is opened. */
export function TerminalView({ url, label, onTold, onLine, onEnd, onLeave }: TerminalViewProps) {
  const box = useRef<HTMLDivElement>(null);
  const terminal = useRef<Terminal | null>(null);
  const handlers = useRef({ onTold, onLine, onEnd, onLeave });
  const theme = useTheme((state) => state.theme);
  useEffect(() => {
    handlers.current = { onTold, onLine, onEnd, onLeave };
  });

  useEffect(() => {
    const node = box.current;
    if (node === null) return;
    const font = getComputedStyle(node).getPropertyValue("--font-mono").trim();
    const screen = new Terminal({
      fontFamily: font === "" ? "monospace" : font,
      fontSize: 13,
      lineHeight: 1.25,
      scrollback: 5000,
      cursorBlink: false,
      theme: themeOf(node),
      minimumContrastRatio: 4.5,
    });
    terminal.current = screen;
    const fit = new FitAddon();
    screen.loadAddon(fit);
    screen.open(node);
    screen.textarea?.setAttribute("aria-label", label);
    const line = new TerminalLine(url, {
      onShow: (data) => screen.write(data),
      onTold: (told) => handlers.current.onTold(told),
      onLine: (isOpen) => handlers.current.onLine(isOpen),
      onEnd: (reason) => handlers.current.onEnd(reason),
    });
    screen.onData((text) => line.type(text));
    screen.onResize(({ cols, rows }) => line.resize(cols, rows));
    screen.attachCustomKeyEventHandler((event) => {
      if (event.type !== "keydown") return true;
      const { key, ctrlKey: ctrl, shiftKey: shift, altKey: alt, metaKey: meta } = event;
      switch (meaningOf({ key, ctrl, shift, alt, meta }, screen.hasSelection())) {
        case "leave":
          event.preventDefault();
          handlers.current.onLeave();
          return false;
        case "copy":
          event.preventDefault();
          void copyText(screen.getSelection());
          screen.clearSelection();
          return false;
        case "paste":
          return false; // the browser pastes, and xterm takes it as pasted text
        case "type":
          return true;
      }
    });
    const keep = (event: KeyboardEvent): void => event.stopPropagation();
    node.addEventListener("keydown", keep);
    const watch = new ResizeObserver(() => {
      if (node.clientHeight > 0) fit.fit();
    });
    watch.observe(node);
    fit.fit();
    line.resize(screen.cols, screen.rows);
    screen.focus();
    return () => {
      watch.disconnect();
      node.removeEventListener("keydown", keep);
      line.close();
      screen.dispose();
      terminal.current = null;
    };
  }, [url, label]);

  useEffect(() => {
    if (terminal.current !== null && box.current !== null) terminal.current.options.theme = themeOf(box.current);
  }, [theme]);

  return <div ref={box} className="terminal-screen" dir="ltr" />;
}
