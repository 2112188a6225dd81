import { useQueryClient } from "@tanstack/react-query";
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
    change: async (hardware, keepVariables) =>
      (await session.command("change_hardware", { hardware, keep_variables: keepVariables, interrupt: true })) &&
      choose(hardware),
  };
}
