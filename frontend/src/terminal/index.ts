export { TerminalButton, TerminalDrawer } from "./TerminalDrawer";
export { TerminalPanel } from "./TerminalPanel";
