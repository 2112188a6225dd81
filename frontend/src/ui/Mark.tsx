/** The product's mark: two brackets that share one line, as two people share one notebook. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden className="shrink-0">
      <rect x="2" y="2" width="28" height="28" rx="8" fill="var(--primary)" />
      <g fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <path d="M8.5 9.5h9a2 2 0 0 1 2 2v3a2 2 0 0 1-2 2h-9" opacity=".62" />
        <path d="M23.5 22.5h-9a2 2 0 0 1-2-2v-2a2 2 0 0 1 2-2h9" />
      </g>
    </svg>
  );
}
