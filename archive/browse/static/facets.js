DATASETTE_ALLOW_FACET = true; // in a file of its own: our policy lets no inline script run
// Datasette's filters have no labels; without them a screen-reader says only "edit" and "list".
const LABELS = { _filter_column: ["列", "column"], _filter_op: ["条件", "condition"], _filter_value: ["值", "value"],
  _sort: ["排序", "sort by"], _sort_by_desc: ["降序", "descending"] };
document.addEventListener("DOMContentLoaded", () => {
  for (const field of document.querySelectorAll("main select, main input"))
    for (const [name, words] of Object.entries(LABELS))
      if (field.name.startsWith(name)) field.setAttribute("aria-label", words[Number(document.documentElement.lang === "en")]);
});
