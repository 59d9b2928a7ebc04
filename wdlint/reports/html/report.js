(() => {
  "use strict";
  const form = document.getElementById("controls");
  const groups = document.getElementById("groups");
  if (!form || !groups) return;
  const count = document.getElementById("count");
  const search = document.getElementById("search");
  const filters = ["severity", "certainty", "rule", "file", "fix"];
  const field = (name) => document.getElementById("by-" + name);
  const articles = [...groups.querySelectorAll("article")];
  const byRule = [...groups.children];
  const homes = new Map(articles.map((article) => [article, article.parentElement]));
  const words = new Map();

  const wordsOf = (article) => {
    if (!words.has(article)) words.set(article, article.textContent.toLowerCase());
    return words.get(article);
  };

  const show = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = filters.map((name) => [name, field(name).value]).filter(([, value]) => value);
    let shown = 0;
    for (const article of articles) {
      const fits = chosen.every(([name, value]) => article.dataset[name] === value) &&
        wanted.every((word) => wordsOf(article).includes(word));
      article.hidden = !fits;
      shown += fits;
    }
    for (const group of groups.children) group.hidden = !group.querySelector("article:not([hidden])");
    count.textContent = shown + " of " + articles.length + " findings shown";
  };

  const byFile = () => {
    const sections = new Map();
    for (const article of articles) {
      const path = article.dataset.file;
      if (!sections.has(path)) {
        const section = document.createElement("section");
        const heading = document.createElement("h3");
        heading.textContent = path;
        section.className = "group";
        section.append(heading);
        sections.set(path, section);
      }
      sections.get(path).append(article);
    }
    const paths = [...sections.keys()].sort();
    groups.replaceChildren(...paths.map((path) => sections.get(path)));
  };

  const regroup = () => {
    if (field("group").value === "file") {
      byFile();
    } else {
      for (const article of articles) homes.get(article).append(article);
      groups.replaceChildren(...byRule);
    }
    show();
  };

  form.hidden = count.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(regroup));
  search.addEventListener("input", show);
  for (const name of filters) field(name).addEventListener("change", show);
  field("group").addEventListener("change", regroup);

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.closest("[hidden]")) form.reset();
  };
  addEventListener("hashchange", reveal);
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
      event.preventDefault();
      search.focus();
    }
  });

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
  show();
})();
