/** Draws a table that was read from a file, as those of cells are drawn; there is no kernel to ask about it. */
import { t } from "@lingui/core/macro";
import type { FrameHost } from "../../frames";
import type { DrawTable } from "../../files";
import { ApiError } from "../../wire/http";
import { partOnDemand } from "../../ui/onDemand";
import { Store } from "../../wire/store";

const FrameOutput = partOnDemand(async () => (await import("../../frames")).FrameOutput);

const NO_KERNEL: FrameHost = {
  rights: new Store<ReadonlySet<string>>(new Set()),
  ask: () => Promise.reject(new ApiError(0, "no_kernel", t`Read the file in a cell to ask more of it.`)),
  exportAddress: () => "",
  insertCode: () => undefined,
  shared: new Store<string | null>(null),
  share: () => undefined,
};

export const drawFileTable: DrawTable = (value, label) => (
  <FrameOutput
    value={value}
    viewKey={t`file ${label}`}
    label={label}
    host={NO_KERNEL}
    fallback={<p>{t`The table could not be read.`}</p>}
  />
);
