import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Banner } from "../ui/Banner";
import { useReadable } from "../model/use";
import type { Metrics } from "../wire/messages";
import type { Readable } from "../wire/store";

/** Says, as long as such a kernel lives, that nothing keeps it apart from the machine it runs on. */
export function Unsandboxed({ metrics }: { metrics: Readable<Metrics | null> }) {
  const isOpen = useReadable(metrics, (now) => now?.unsandboxed === true);
  if (!isOpen) return null;
  return (
    <section aria-label={t`Safety of the kernel`}>
      <Banner tone="err" bar live>
        <Trans>
          <strong className="font-semibold">This kernel is not isolated.</strong> Code that runs here can read and
          change whatever the server can. Run only what you trust; an admin can mend it as{" "}
          <code>commonbook doctor</code> says.
        </Trans>
      </Banner>
    </section>
  );
}
