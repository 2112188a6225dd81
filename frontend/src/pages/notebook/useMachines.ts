import { useQueryClient } from "@tanstack/react-query";
import { readKernel } from "../../model/kernel";
import { toastError } from "../../ui/Toast";
import { api } from "../../wire/api";
import { reasonOf } from "../../wire/http";
import { hardwareQuery } from "../../wire/queries";
import type { NotebookSession } from "./session";

export interface Machines {
  /** Sets what the next kernels of the project get. Resolves to whether the server took it. */
  choose: (hardware: string) => Promise<boolean>;
  /** Moves the living kernel to another machine. */
  change: (hardware: string, keepVariables: boolean) => Promise<boolean>;
}

/** Choosing and changing the machine of an open notebook; refusals are shown in words. */
export function useMachines(session: NotebookSession, project: string | null): Machines {
  const client = useQueryClient();
  const choose = async (hardware: string): Promise<boolean> => {
    if (project === null) return false;
    try {
      await api.chooseHardware(project, hardware);
      await client.invalidateQueries({ queryKey: hardwareQuery(session.notebook).queryKey });
      return true;
    } catch (error) {
      toastError(reasonOf(error));
      return false;
    }
  };
  return {
    choose,
    change: async (hardware) => (await choose(hardware)) && (await endThenStart(session)),
  };
}

/** End the session, and start anew as soon as it is over. */
async function endThenStart(session: NotebookSession): Promise<boolean> {
  const kernel = session.cells.get().runtime.kernel;
  if (!(await session.command("stop"))) return false;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (readKernel(kernel).state !== "none") return;
      kernel.unobserve(look);
      resolve();
    };
    kernel.observe(look);
    look();
  });
  return session.command("start");
}
