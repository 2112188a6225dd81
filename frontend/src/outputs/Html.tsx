/** HTML of a cell: cleaned and in the page where it is plain, else in the sandboxed frame. */
import { t } from "@lingui/core/macro";
import { Fragment, useMemo, type ReactElement } from "react";
import { altairSpec, isBokehPlace } from "./mime";
import { OutputFrame } from "./OutputFrame";
import { cleanHtml, needsFrame, withoutScopedStyle } from "./sanitize";
import { VegaChart } from "./VegaChart";

export function Html({ html, label }: { html: string; label: string }): ReactElement {
  const plain = useMemo(() => {
    const text = withoutScopedStyle(html);
    return needsFrame(text) ? null : cleanHtml(text);
  }, [html]);
  const spec = useMemo(() => altairSpec(html), [html]);
  if (isBokehPlace(html)) return <Fragment />;
  if (spec !== null) return <VegaChart spec={spec} grammar="vega-lite" label={label} />;
  if (plain === null) return <OutputFrame title={t`Output of ${label}`} mime="text/html" value={html} />;
  return (
    <div
      className="output-html"
      tabIndex={0}
      role="group"
      aria-label={t`Output of ${label}`}
      dangerouslySetInnerHTML={{ __html: plain }}
    />
  );
}
