/* What the theme leaves to the page: code that scrolls can be reached by keyboard, the
   copy buttons of different blocks have different names, and the search has one. */

// Told of sizes after each layout, so that no layout has to be forced.
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
  }
});
document.querySelectorAll(".highlight code").forEach((code) => sizes.observe(code));

// The theme adds its copy buttons one by one; one round of names is enough for many.
let waiting = false;
function nameButtons() {
  waiting = false;
  document.querySelectorAll("nav.md-code__nav").forEach((bar, index) => {
    bar.setAttribute("aria-label", `Code block ${index + 1}`);
  });
}
new MutationObserver(() => {
  if (!waiting) setTimeout(nameButtons);
  waiting = true;
}).observe(document.body, { childList: true, subtree: true });
nameButtons();

document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
