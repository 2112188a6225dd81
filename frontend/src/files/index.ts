export { FilesView, opensEditor, type DrawTable } from "./FilesView";
