import { api } from "../../wire/api";
import { ApiError } from "../../wire/http";

/** Where a new person lands: in the welcome notebook if the server has made one, else among the projects. */
export async function firstPlace(): Promise<string> {
  try {
    const [project, ...others] = await api.projects();
    if (project === undefined || others.length > 0) return "/";
    const [notebook] = await api.notebooks(project.id);
    return notebook === undefined ? `/p/${project.id}` : `/n/${notebook.id}`;
  } catch (error) {
    if (error instanceof ApiError) return "/"; // that page says what is wrong
    throw error;
  }
}
