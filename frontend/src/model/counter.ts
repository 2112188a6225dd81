/** Counts how often a component draws, for tests of "React never renders per keystroke": define `__renders` to switch it on. */

declare global {
  var __renders: Record<string, number> | undefined;
}

export function countRender(name: string): void {
  const counts = globalThis.__renders;
  if (counts !== undefined) counts[name] = (counts[name] ?? 0) + 1;
}
