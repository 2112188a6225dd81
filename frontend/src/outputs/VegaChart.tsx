/** A Vega or Vega-Lite chart in the page itself: drawn without eval, and in the page's colours. */
import { t } from "@lingui/core/macro";
import { useEffect, useRef, useState, type ReactElement } from "react";
import { fetchCode } from "../ui/code/fetchCode";
import { outOfReach } from "../ui/onDemand";
import { loadVega, type Drawn, type Grammar } from "../charts";

interface Props {
  spec: Readonly<Record<string, unknown>>;
  grammar: Grammar;
  label: string;
}

export function VegaChart({ spec, grammar, label }: Props): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isDrawn, setIsDrawn] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    let drawn: Drawn | null = null;
    let round = 0;
    const draw = async (): Promise<void> => {
      const own = (round += 1);
      let vega: Awaited<ReturnType<typeof loadVega>>;
      try {
        vega = await fetchCode(loadVega);
      } catch {
        if (own === round) setProblem(outOfReach());
        return;
      }
      if (own !== round) return;
      drawn?.close();
      drawn = null;
      try {
        const made = await vega.draw(element, spec, grammar);
        if (own === round) drawn = made;
        else made.close();
        setProblem(null);
        setIsDrawn(true);
      } catch (error) {
        setProblem(error instanceof Error ? error.message : String(error));
      }
    };
    void draw();
    const themes = new MutationObserver(() => void draw());
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["class", "data-theme"] });
    return () => {
      round = -1;
      themes.disconnect();
      drawn?.close();
    };
  }, [spec, grammar]);
  return (
    <>
      <div
        ref={place}
        className="output-chart"
        role="img"
        aria-label={t`Chart, ${label}`}
        data-waiting={isDrawn || problem !== null ? undefined : ""}
      />
      {problem !== null && <p className="output-note">{t`This chart cannot be drawn. ${problem}`}</p>}
    </>
  );
}
