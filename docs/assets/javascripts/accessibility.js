/* What the theme leaves to the page: code that scrolls can be reached by keyboard, the
   copy buttons of different blocks have different names, and the search has one. */
function mend() {
  for (const code of document.querySelectorAll(".highlight code")) {
    if (code.scrollWidth > code.clientWidth) code.tabIndex = 0;
  }
  document.querySelectorAll("nav.md-code__nav").forEach((bar, index) => {
    bar.setAttribute("aria-label", `Code block ${index + 1}`);
  });
}

document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
addEventListener("resize", mend);
mend();
