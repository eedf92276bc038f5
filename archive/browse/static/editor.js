// Datasette's SQL editor hides its field behind one of its own that has no name for a screen-reader.
addEventListener("load", () => {
  const english = document.documentElement.lang === "en";
  for (const field of document.querySelectorAll(".CodeMirror textarea"))
    field.setAttribute("aria-label", english ? "SQL query" : "SQL 查询");
});
