/** Rows of a list are brought into another order by dragging.
 *
 * `peers(id)` are the ids, in order, among which a row can be moved; `hold(held)` keeps the list as
 * it is meanwhile; `move(id, before)` is called with the id that it now stands before, or null.
 */
export function dragOrder(list, { peers, title, hold, move }) {
  let dragged = null;

  const target = (event) => {
    const row = event.target.closest("[data-id]");
    if (!dragged || !row || !peers(dragged).includes(row.dataset.id)) return null;
    const { top, height } = row.getBoundingClientRect();
    return { row, after: event.clientY > top + height / 2 };
  };
  const mark = (found) => {
    for (const row of list.children) {
      row.classList.toggle("drop-before", row === found?.row && !found.after);
      row.classList.toggle("drop-after", row === found?.row && found.after);
    }
  };
  const end = () => {
    if (!dragged) return;
    mark(null);
    list.querySelector(".dragged")?.classList.remove("dragged");
    dragged = null;
    hold(false);
  };

  list.addEventListener("dragstart", (event) => {
    const row = event.target.closest?.("[data-id]");
    if (!row?.draggable) return;
    dragged = row.dataset.id;
    hold(true);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", title(dragged));
    row.classList.add("dragged");
  });
  list.addEventListener("dragover", (event) => {
    const found = target(event);
    mark(found);
    if (found) event.preventDefault();
  });
  list.addEventListener("drop", (event) => {
    const found = target(event);
    if (!found) return;
    event.preventDefault();
    const id = dragged;
    const others = peers(id).filter((other) => other !== id);
    const beside = others.indexOf(found.row.dataset.id);
    end();
    if (beside >= 0) move(id, others[beside + (found.after ? 1 : 0)] ?? null);
  });
  list.addEventListener("dragend", end);
}
