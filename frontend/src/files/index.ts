export { FilesView, type DrawTable } from "./FilesView";
