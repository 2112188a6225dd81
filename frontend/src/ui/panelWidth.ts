/** The widths of side panels, in pixels, as this browser remembers them. */

export interface PanelLimits {
  initial: number;
  min: number;
  max: number;
}

export function clampWidth(width: number, limits: PanelLimits): number {
  if (!Number.isFinite(width)) return limits.initial;
  return Math.round(Math.min(limits.max, Math.max(limits.min, width)));
}

export function readWidth(key: string, limits: PanelLimits): number {
  try {
    const kept = localStorage.getItem(`commonbook.panel.${key}`);
    return kept === null ? limits.initial : clampWidth(Number(kept), limits);
  } catch {
    return limits.initial; // storage is switched off
  }
}

export function writeWidth(key: string, width: number): void {
  try {
    localStorage.setItem(`commonbook.panel.${key}`, String(width));
  } catch {
    // The width then lasts as long as the page.
  }
}
