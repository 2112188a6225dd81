/** Lets the children of a list change places without leaving the document, where the browser can. */

type Mover = HTMLElement & { moveBefore?: (node: Node, before: Node | null) => void };

/**
 * Moving an element by taking it out and putting it in again loads its frames anew and drops the focus. React moves
 * children with these two methods of their parent; those that are its children already are moved in place instead.
 */
export function moveInPlace(list: HTMLElement | null): void {
  const mover: Mover | null = list;
  if (mover === null || typeof mover.moveBefore !== "function") return;
  const move = (node: Node, before: Node | null): boolean => {
    if (node.parentNode !== mover || !mover.isConnected || node === before) return false;
    mover.moveBefore?.(node, before);
    return true;
  };
  mover.insertBefore = <T extends Node>(node: T, before: Node | null): T =>
    move(node, before) ? node : (Node.prototype.insertBefore.call(mover, node, before) as T);
  mover.appendChild = <T extends Node>(node: T): T =>
    move(node, null) ? node : (Node.prototype.appendChild.call(mover, node) as T);
}
