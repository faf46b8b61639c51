/* What the theme leaves to the page: what scrolls can be reached by keyboard, the
   copy buttons of different blocks have different names, and the search has one. */

const blocks = [...document.querySelectorAll("pre > code")];

function reach(box) {
  const wide = box.scrollWidth > box.clientWidth;
  if (wide || box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0;
}

// Told of sizes after each layout, so that no layout has to be forced; what lies far
// below is laid out, and has a size, only when the reader comes near.
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) reach(target);
});
for (const code of blocks) {
  sizes.observe(code);
  code.addEventListener("contentvisibilityautostatechange", ({ skipped }) => {
    if (!skipped) reach(code);
  });
}

for (const frame of document.querySelectorAll("p:has(> img.figure)")) {
  sizes.observe(frame);
}

// The theme adds its copy buttons one by one, as the reader comes to them.
new MutationObserver((changes) => {
  for (const { addedNodes, target } of changes) {
    for (const bar of addedNodes) {
      if (bar.className !== "md-code__nav") continue;
      const number = blocks.indexOf(target.querySelector("code")) + 1;
      bar.setAttribute("aria-label", `Code block ${number}`);
    }
  }
}).observe(document.querySelector(".md-content"), { childList: true, subtree: true });

document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
