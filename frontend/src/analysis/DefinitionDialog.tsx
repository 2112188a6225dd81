import { t } from "@lingui/core/macro";
import { Dialog } from "../ui/Dialog";

/** A piece of a package's source: `excerpt` begins at line `first`, the definition is at `line`. */
export interface ReadDefinition {
  readonly module: string;
  readonly excerpt: string;
  readonly first: number;
  readonly line: number;
}

/** Where a name of a package is defined, to read. */
export function DefinitionDialog({
  definition,
  open,
  onOpenChange,
}: {
  definition: ReadDefinition;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const { module, excerpt, first, line } = definition;
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={module}
      description={t`Line ${line} of the package that this project has. It can be read here, not changed.`}
      size="large"
    >
      <pre tabIndex={0} aria-label={t`Source of ${module}`} className="code-excerpt">
        {excerpt.split("\n").map((text, index) => (
          <span key={index} className="code-excerpt-line" data-here={first + index === line || undefined}>
            <span aria-hidden className="code-excerpt-number">
              {first + index}
            </span>
            {`${text}\n`}
          </span>
        ))}
      </pre>
    </Dialog>
  );
}
